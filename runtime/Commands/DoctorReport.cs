using System.Text.Json;
using System.Text.Json.Nodes;
using CxrOnnx.CommandLine;
using CxrOnnx.Workflows.Diagnosis;

namespace CxrOnnx.Commands;

/// <summary>How the findings of <c>cxr doctor</c> and <c>cxr-lab doctor</c> are shown.</summary>
public static class DoctorReport
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Shows the findings as a table with what mends them, or as JSON.</summary>
    /// <param name="found">The findings.</param>
    /// <param name="output">Where they go.</param>
    /// <returns><see cref="ExitCodes.CheckFailed"/> where one failed.</returns>
    public static int Write(IEnumerable<Check> found, CommandOutput output)
    {
        IReadOnlyList<Check> checks =
        [
            .. found.Select(check =>
                check with
                {
                    Detail = SettingNames.AsOptions(check.Detail),
                    Fix = check.Fix is null ? null : SettingNames.AsOptions(check.Fix),
                }
            ),
        ];
        bool failed = checks.Any(check => check.Outcome == CheckOutcome.Fail);
        if (output.IsJson)
        {
            JsonObject document = new()
            {
                ["passed"] = !failed,
                ["checks"] = new JsonArray([
                    .. checks.Select(check => new JsonObject
                    {
                        ["name"] = check.Name,
                        ["outcome"] = Word(check.Outcome),
                        ["detail"] = check.Detail,
                        ["fix"] = check.Fix,
                    }),
                ]),
            };
            output.Document(document.ToJsonString(Indented));
        }
        else
        {
            output.Table(
                ["check", "", "found"],
                [.. checks.Select(check => (IReadOnlyList<string>)[check.Name, Word(check.Outcome), check.Detail])]
            );
            foreach (Check check in checks.Where(check => check.Fix is not null && check.Outcome != CheckOutcome.Pass))
            {
                output.Line($"fix for {check.Name}: {check.Fix}");
            }
        }

        return failed ? ExitCodes.CheckFailed : ExitCodes.Done;
    }

    private static string Word(CheckOutcome outcome) =>
        outcome switch
        {
            CheckOutcome.Pass => "pass",
            CheckOutcome.Optional => "optional",
            _ => "FAIL",
        };
}
