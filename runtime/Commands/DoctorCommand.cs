using System.CommandLine;
using CxrOnnx.CommandLine;
using CxrOnnx.Workflows.Diagnosis;

namespace CxrOnnx.Commands;

/// <summary>
/// <c>cxr doctor</c>: checks the machine, the native libraries, the providers, the bundle and the optional tools, and says how to mend
/// each.
/// </summary>
public static class DoctorCommand
{
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
            DoctorReport.Write(
                Doctor.Examine(new DoctorRequest(parsed.GetValue(bundle), parsed.GetValue(provider)!, parsed.GetValue(library))),
                CommandOutput.Of(parsed, json)
            )
        );
        return command;
    }
}
