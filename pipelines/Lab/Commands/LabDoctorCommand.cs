using System.CommandLine;
using CxrOnnx.CommandLine;
using CxrOnnx.Commands;
using CxrOnnx.Lab.Diagnosis;

namespace CxrOnnx.Lab.Commands;

/// <summary><c>cxr-lab doctor</c>: can this machine train, and on what?</summary>
public static class LabDoctorCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        Option<string> device = TrainingOptions.Device();
        Option<DirectoryInfo?> libtorch = TrainingOptions.Libtorch();
        Option<bool> json = CommonOptions.Json();
        Command command = new(
            "doctor",
            "Check what training needs: libtorch, the device, and that it computes what the CPU computes. For everything else: cxr doctor."
        )
        {
            device,
            libtorch,
            json,
        };
        command.SetAction(parse =>
            DoctorReport.Write(
                TorchChecks.Examine(parse.GetRequiredValue(device), parse.GetValue(libtorch)?.FullName),
                CommandOutput.Of(parse, json)
            )
        );
        return command;
    }
}
