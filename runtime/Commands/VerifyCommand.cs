using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using CxrOnnx.CommandLine;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding.Parity;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Workflows;

namespace CxrOnnx.Commands;

/// <summary><c>cxr verify</c>: parity of a bundle's graphs with golden tensors.</summary>
public static class VerifyCommand
{
    private const int ProblemsNamed = 3;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Argument<string?> bundle = new("BUNDLE")
        {
            Description = "Bundle folder or .cxrb file (default: the shipped one).",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string?> golden = new("--golden") { Description = "Golden file, by anyone (default: the bundle's own).", HelpName = "FILE" };
        Option<string> provider = CommonOptions.Provider();
        Option<string?> library = CommonOptions.ProviderLibrary();
        Option<string> math = CommonOptions.Math();
        Option<string?> junit = new("--junit") { Description = "Also write a JUnit report, for CI.", HelpName = "FILE" };
        Option<bool> json = CommonOptions.Json();
        Command command = new("verify", "Run every golden case through every graph and compare, tensor by tensor.")
        {
            bundle,
            golden,
            math,
            provider,
            library,
            junit,
            json,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.Run(
                    () =>
                    {
                        CommandOutput output = CommandOutput.Of(parsed, json);
                        GroundingModelOptions options = CommonOptions.Model(parsed, provider, library, math);
                        using Bundle opened = Bundle.Open(BundleLocator.Find(parsed.GetValue(bundle)));
                        ParityReport report = output.WithProgress(
                            "verifying",
                            progress =>
                                GoldenVerification.Run(
                                    opened,
                                    parsed.GetValue(golden),
                                    options,
                                    new CaseProgress(progress),
                                    cancellationToken
                                )
                        );
                        if (parsed.GetValue(junit) is { } file)
                        {
                            JUnitReport.Write(file, report);
                        }

                        return Show(report, output);
                    },
                    cancellationToken
                )
        );
        return command;
    }

    private static int Show(ParityReport report, CommandOutput output)
    {
        if (output.IsJson)
        {
            output.Document(ParityReportJson.Document(report).ToJsonString(Indented));
        }
        else
        {
            ShowTables(report, output);
        }

        if (report.Passed)
        {
            return ExitCodes.Done;
        }

        string[] failures =
        [
            .. report.Problems,
            .. report.Tensors.Where(tensor => !tensor.Passed).Select(tensor => $"{tensor.Name}: {tensor.Problem ?? Difference(tensor)}"),
        ];
        string more = failures.Length > ProblemsNamed ? $"; and {failures.Length - ProblemsNamed} more" : "";
        output.Error(
            failures.Length == 0
                ? $"parity failed: {report.GoldenFile} has no case for this bundle; make cases with 'cxr-lab golden' and put them in with "
                    + "'cxr-lab export --golden FILE', or give a file with `golden` FILE"
                : $"parity failed: {string.Join("; ", failures.Take(ProblemsNamed))}{more}"
        );
        return ExitCodes.CheckFailed;
    }

    private static void ShowTables(ParityReport report, CommandOutput output)
    {
        output.Table(
            ["tensor", "shape", "max-abs", "max-rel", "cosine", "tolerance", "outside", ""],
            [
                .. report.Tensors.Select(tensor =>
                    (IReadOnlyList<string>)
                        [
                            tensor.Name,
                            $"[{string.Join(", ", tensor.Shape)}]",
                            Number(tensor.MaxAbsolute),
                            Number(tensor.MaxRelative),
                            tensor.Cosine.ToString("0.0000000", CultureInfo.InvariantCulture),
                            tensor.Tolerance.ToString(),
                            $"{tensor.FailedElements}/{tensor.ElementCount}",
                            tensor.Passed ? "pass" : "FAIL",
                        ]
                ),
            ]
        );
        string[] graphs = [.. report.GraphsWithoutCases.Where(graph => graph != GoldenVerification.Evidence)];
        if (graphs.Length > 0)
        {
            output.Line($"no golden case for: {string.Join(", ", graphs)}");
        }

        if (graphs.Length < report.GraphsWithoutCases.Count)
        {
            output.Line("evidence: not in the golden file, so that preset is not verified ('cxr-lab golden --evidence' makes its cases)");
        }

        int passed = report.Tensors.Count(tensor => tensor.Passed);
        output.Line(
            $"{passed} of {report.Tensors.Count} tensors pass; bundle {report.BundleId} on {report.Provider} in {report.Math.Name()}"
                + $"{(report.GraphSet ? " (graph set)" : "")}, golden file "
                + $"{report.GoldenFile}"
        );
    }

    private static string Difference(TensorParity tensor) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"max-abs {tensor.MaxAbsolute:G3}, {tensor.FailedElements} of {tensor.ElementCount} elements outside {tensor.Tolerance}"
        );

    private static string Number(double value) => value.ToString("0.0e+0", CultureInfo.InvariantCulture);

    private sealed class CaseProgress(IProgress<double> receiver) : IProgress<(int Done, int Total)>
    {
        public void Report((int Done, int Total) value) => receiver.Report(value.Total > 0 ? (double)value.Done / value.Total : 0);
    }
}
