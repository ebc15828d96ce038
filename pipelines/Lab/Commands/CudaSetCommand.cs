using System.CommandLine;
using CxrOnnx.Exporter;

namespace CxrOnnx.Lab.Commands;

/// <summary><c>cxr-lab cuda-set</c>: graph sets for CUDA added to a bundle.</summary>
public static class CudaSetCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        Option<string> bundle = new("--bundle") { Description = "bundle folder or .cxrb file", Required = true };
        Option<string> output = new("--out") { Description = "bundle folder to write", Required = true };
        Option<bool> force = new("--force") { Description = "replace an existing bundle" };
        Command command = new("cuda-set", "Add graph sets for CUDA to a bundle, from its own weights.") { bundle, output, force };
        command.SetAction(result =>
        {
            BundleExportResult written = CudaBundle.Add(
                result.GetRequiredValue(bundle),
                result.GetRequiredValue(output),
                result.GetValue(force),
                line => result.InvocationConfiguration.Error.WriteLine(line)
            );
            ExportCommand.Print(written, result.InvocationConfiguration.Output);
            return 0;
        });
        return command;
    }
}
