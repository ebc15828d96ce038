using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using CxrOnnx.CommandLine;
using CxrOnnx.Workflows.Diagnosis;

namespace CxrOnnx.Commands;

/// <summary>
/// <c>cxr doctor</c>: checks the machine, the native libraries, the providers, the bundle and the optional tools, and says how to mend
/// each.
/// </summary>
public static class DoctorCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Option<string?> bundle = CommonOptions.Bundle();
        Option<string> provider = CommonOptions.Provider();
        Option<string?> library = CommonOptions.ProviderLibrary();
        Option<bool> json = CommonOptions.Json();
        Command command = new(
            "doctor",
            "Check platform, native libraries, providers, bundle and optional tools; says what is missing and how to mend it."
        )
        {
            bundle,
            provider,
            library,
            json,
        };
        command.SetAction(parsed =>
            Run(
                new DoctorRequest(parsed.GetValue(bundle), parsed.GetValue(provider)!, parsed.GetValue(library)),
                CommandOutput.Of(parsed, json)
            )
        );
        return command;
    }

    private static int Run(DoctorRequest request, CommandOutput output)
    {
        IReadOnlyList<Check> checks =
        [
            .. Doctor
                .Examine(request)
                .Select(check =>
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
