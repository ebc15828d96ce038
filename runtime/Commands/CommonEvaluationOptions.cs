using System.CommandLine;
using CxrOnnx.Evaluation.Methods;

namespace CxrOnnx.Commands;

/// <summary>Options that the commands on annotated data sets share.</summary>
internal static class CommonEvaluationOptions
{
    public static Option<int> Bootstrap() =>
        new("--bootstrap")
        {
            Description = "Resamples for the intervals.",
            DefaultValueFactory = _ => 10_000,
            HelpName = "N",
        };

    public static Option<string?> Atlas() =>
        new("--atlas")
        {
            Description = "atlas.yaml for the prior and for synthetic phrases (default: the built-in estimate).",
            HelpName = "FILE",
        };

    public static Option<PromptForm> Prompts() =>
        new("--prompts")
        {
            Description =
                "What bundles are asked with: standard (location and pathology in the paper's words), text (as annotated), report (the "
                + "sentences of --reports that speak of the class), or auto: standard for a closed vocabulary, text for an open one.",
            DefaultValueFactory = _ => PromptForm.Auto,
            HelpName = "FORM",
        };

    public static Option<string?> Reports() =>
        new("--reports")
        {
            Description =
                "Folder with report texts for --prompts report: IMAGE_ID.txt, or by study as in MIMIC-CXR "
                + "(files/p10/p10000032/s50414267.txt).",
            HelpName = "DIR",
        };
}
