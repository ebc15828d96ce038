using System.CommandLine;
using System.Globalization;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Trainer.Checkpoints;

namespace CxrOnnx.Lab.Commands;

/// <summary><c>cxr-lab init</c>: random checkpoints of a configuration.</summary>
public static class InitCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        Option<FileInfo> config = new("--config")
        {
            Description = "Model configuration (YAML), for example models/cxr-ldm.yaml",
            Required = true,
        };
        Option<int> seed = new("--seed") { Description = "Seed of all values", DefaultValueFactory = _ => 0 };
        Option<DirectoryInfo> output = new("--out")
        {
            Description = "Folder for autoencoder.pth, diffusion_model.pth and text_encoder/model.safetensors",
            Required = true,
        };
        Command command = new("init", "Write random checkpoints of a configuration, in the formats of the published ones.")
        {
            config,
            seed,
            output,
        };
        command.SetAction(parse =>
        {
            ModelConfiguration configuration = ModelConfigurationFile.Load(parse.GetRequiredValue(config).FullName);
            foreach (
                (string path, long parameters) in RandomCheckpoints.Write(
                    configuration,
                    parse.GetValue(seed),
                    parse.GetRequiredValue(output).FullName
                )
            )
            {
                parse.InvocationConfiguration.Output.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{Path.GetRelativePath(Environment.CurrentDirectory, path)}: {parameters:N0} parameters, "
                            + $"{new FileInfo(path).Length / 1048576.0:N1} MiB"
                    )
                );
            }

            return 0;
        });
        return command;
    }
}
