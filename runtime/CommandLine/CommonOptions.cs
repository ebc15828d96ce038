using System.CommandLine;
using CxrOnnx.Core;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Workflows;
using CxrOnnx.Workflows.Results;

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

    /// <summary>Grounds words as they stand.</summary>
    public static Option<bool> Verbatim() =>
        new("--verbatim")
        {
            Description =
                "Ground the words of phrases exactly as they stand: no standard prompt is made of them, and nothing is refused that they "
                + "deny.",
        };

    /// <summary>Shows stack traces.</summary>
    public static Option<bool> Verbose { get; } = new("--verbose") { Description = "Show the stack trace of errors.", Recursive = true };

    /// <summary>Neither progress nor notes.</summary>
    public static Option<bool> Quiet { get; } =
        new("--quiet") { Description = "Show no progress and no notes: only the result, warnings about it, and errors.", Recursive = true };

    /// <summary>One machine-readable document on stdout.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print one JSON document on stdout and everything else on stderr." };

    /// <summary>The bundle to use.</summary>
    public static Option<string?> Bundle() =>
        new("--bundle")
        {
            Description =
                $"Bundle folder or .cxrb file (default: {BundleLocator.Variable} of the environment, else {BundleLocator.DefaultFolder} in "
                + $"the current folder and above or beside the program).",
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

    /// <summary>How a model is to be loaded, as far as most commands let one choose.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="provider">Of <see cref="Provider"/>.</param>
    /// <param name="library">Of <see cref="ProviderLibrary"/>.</param>
    /// <param name="math">Of <see cref="Math"/>; null: fp32.</param>
    /// <exception cref="InputException">A name is unknown.</exception>
    public static GroundingModelOptions Model(
        ParseResult parsed,
        Option<string> provider,
        Option<string?> library,
        Option<string>? math = null
    ) =>
        new()
        {
            Provider = ExecutionProviders.Parse(parsed.GetValue(provider)!),
            ProviderLibrary = parsed.GetValue(library),
            Math = math is null ? MathPrecision.Fp32 : MathPrecisions.Parse(parsed.GetValue(math)!),
        };

    /// <summary>How the numbers are computed, for commands that measure: what is asked for.</summary>
    public static Option<string> Math() =>
        new("--math")
        {
            Description =
                "How numbers are computed: fp32 (strictly single precision), tf32 or fp16 (on a GPU; fp16 needs the bundle's graph set for "
                + "CUDA).",
            DefaultValueFactory = _ => MathPrecision.Fp32.Name(),
            HelpName = "PRECISION",
        };

    /// <summary>How the numbers are computed, or the choice left to the bundle's certificate.</summary>
    public static Option<string> MathOrAuto() =>
        new("--math")
        {
            Description =
                "How numbers are computed: fp32 (strictly single precision), tf32 or fp16 (on a GPU; fp16 needs the bundle's graph set for "
                + "CUDA), or auto: the fastest that the bundle's certificate holds for the preset.",
            DefaultValueFactory = _ => ComputeChoice.Auto,
            HelpName = "PRECISION",
        };

    /// <summary>One of the bundle's presets, or the choice left to its certificate.</summary>
    public static Option<string> PresetOrAuto() =>
        new("--preset")
        {
            Description =
                "One of the bundle's presets (cxr inspect lists them), or auto: the fastest whose heatmaps are certified to be as good as "
                + "those of exact, and exact where the bundle has no certificate.",
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

    /// <summary>The element type of stored heatmaps.</summary>
    public static Option<string> HeatmapType() =>
        new("--heatmap-type")
        {
            Description = "float32 (default) or float16 (half the bytes, rounded by at most 0.00024).",
            DefaultValueFactory = _ => HeatmapStorage.Default.DataType,
            HelpName = "TYPE",
        };

    /// <summary>The grid of stored heatmaps.</summary>
    public static Option<string> HeatmapGrid() =>
        new("--heatmap-grid")
        {
            Description =
                "image (default: the image's own pixels, NaN where the model did not look) or model (the model's square only; the result "
                + "says where it lies).",
            DefaultValueFactory = _ => HeatmapStorage.Default.Grid,
            HelpName = "GRID",
        };

    /// <summary>How heatmaps are to be stored; null where none are wanted.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="wanted">Whether heatmaps are written.</param>
    /// <param name="reason">The option that decides it.</param>
    /// <param name="type">Of <see cref="HeatmapType"/>.</param>
    /// <param name="grid">Of <see cref="HeatmapGrid"/>.</param>
    /// <param name="usual">How they are stored where type and grid are not given; null for <see cref="HeatmapStorage.Default"/>.</param>
    /// <exception cref="InputException">A name is unknown, or says how to store what is not written.</exception>
    public static HeatmapStorage? Heatmaps(
        ParseResult parsed,
        bool wanted,
        string reason,
        Option<string> type,
        Option<string> grid,
        HeatmapStorage? usual = null
    )
    {
        string Of(Option<string> option, string? otherwise) =>
            otherwise is null || parsed.GetResult(option) is { Implicit: false } ? parsed.GetValue(option)! : otherwise;
        HeatmapStorage storage = HeatmapStorage.Parse(Of(grid, usual?.Grid), Of(type, usual?.DataType));
        Option? given = Array.Find<Option>([type, grid], option => parsed.GetResult(option) is { Implicit: false });
        return wanted ? storage
            : given is null ? null
            : throw new InputException($"{given.Name} says how heatmaps are stored, and none are written ({reason})");
    }

    /// <summary>How many images one evaluation of the U-Net takes.</summary>
    public static Option<int?> ImagesAtOnce() =>
        new("--images-at-once")
        {
            Description =
                "Images whose inversions are computed together (default: 1 on the CPU, which gains nothing from more; 8 on a GPU).",
            HelpName = "N",
        };

    /// <summary>Which GPU.</summary>
    public static Option<int> DeviceId() =>
        new("--device-id")
        {
            Description = "Number of the GPU (default: 0, the first). For several, run one process on each, with --shard.",
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
