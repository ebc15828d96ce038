using System.CommandLine;

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
}
