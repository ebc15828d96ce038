using System.CommandLine;

namespace CxrOnnx.Commands;

/// <summary>Options that the commands on annotated data sets share.</summary>
internal static class CommonEvaluationOptions
{
    public static Option<string> Dataset() =>
        new("--dataset")
        {
            Description = "Format of the annotations: ms-cxr, vindr-cxr or phantom.",
            Required = true,
            HelpName = "NAME",
        };

    public static Option<string> Annotations() =>
        new("--annotations")
        {
            Description = "The data set's CSV file.",
            Required = true,
            HelpName = "FILE",
        };

    public static Option<string?> Sizes() =>
        new("--image-sizes")
        {
            Description = "CSV file with image_id, width, height, where the annotations have no sizes.",
            HelpName = "FILE",
        };

    public static Option<int> Bootstrap() =>
        new("--bootstrap")
        {
            Description = "Resamples for the intervals.",
            DefaultValueFactory = _ => 10_000,
            HelpName = "N",
        };
}
