using System.CommandLine;
using CxrOnnx.Workflows;

namespace CxrOnnx.CommandLine;

/// <summary>Options that mean the same in every command.</summary>
public static class CommonOptions
{
    /// <summary>Leaves the confidence out.</summary>
    public static Option<bool> NoConfidence() =>
        new("--no-confidence")
        {
            Description =
                "Do not ask how likely the image supports each phrase: saves a few U-Net evaluations per phrase, and shows a box for "
                + "any phrase.",
        };

    /// <summary>Shows stack traces.</summary>
    public static Option<bool> Verbose { get; } = new("--verbose") { Description = "Show the stack trace of errors.", Recursive = true };

    /// <summary>One machine-readable document on stdout.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print one JSON document on stdout and everything else on stderr." };

    /// <summary>The bundle to use.</summary>
    public static Option<string?> Bundle() =>
        new("--bundle")
        {
            Description =
                $"Bundle folder or .cxrb file (default: {BundleLocator.DefaultFolder} found beside the program or in the current folder "
                + $"and above).",
            HelpName = "DIR",
        };

    /// <summary>What to run on.</summary>
    public static Option<string> Provider() =>
        new("--provider")
        {
            Description =
                "auto (default), cpu, cuda or tensorrt. auto says what it took and why; a named one that cannot be met is an error.",
            DefaultValueFactory = _ => "auto",
            HelpName = "NAME",
        };

    /// <summary>Which picture of a file with several.</summary>
    public static Option<int?> Frame() =>
        new("--frame")
        {
            Description = "Which frame or page of a file with several is read, from 1 (default: such a file is refused).",
            HelpName = "N",
        };

    /// <summary>The same bytes in any company.</summary>
    public static Option<bool> Deterministic() =>
        new("--deterministic")
        {
            Description =
                "The same image and phrase give the same bytes alone or with others, in any order, on this machine. CPU only; phrases "
                + "share no work.",
        };

    /// <summary>How many images one evaluation of the U-Net takes.</summary>
    public static Option<int?> ImagesAtOnce() =>
        new("--images-at-once")
        {
            Description =
                "Images whose inversions are computed together (default: 1 on the CPU, which gains nothing from more; 8 on a GPU).",
            HelpName = "N",
        };

    /// <summary>A plug-in provider library.</summary>
    public static Option<string?> ProviderLibrary() =>
        new("--provider-library")
        {
            Description = "CUDA plug-in library of ONNX Runtime to load (onnxruntime_providers_cuda as a plug-in).",
            HelpName = "PATH",
        };
}
