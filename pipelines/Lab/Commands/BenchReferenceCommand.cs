using System.CommandLine;
using System.Globalization;
using CxrOnnx.CommandLine;
using CxrOnnx.Commands;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Lab.Benchmarks;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Workflows;

namespace CxrOnnx.Lab.Commands;

/// <summary><c>cxr-lab bench-reference</c>: the authors' procedure in TorchSharp, and a bundle beside it.</summary>
public static class BenchReferenceCommand
{
    private const double Mebibyte = 1 << 20;

    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        Option<FileInfo> config = new("--config") { Description = "Model configuration (YAML)", Required = true };
        Option<FileInfo> unet = new("--unet")
        {
            Description = "U-Net checkpoint (.pth or .safetensors; FILE#KEY for a state dict in it)",
            Required = true,
        };
        Option<FileInfo> vae = new("--vae") { Description = "Autoencoder checkpoint", Required = true };
        Option<FileInfo> text = new("--text-encoder") { Description = "Text encoder checkpoint", Required = true };
        Option<int?> steps = new("--steps")
        {
            Description = "Guided steps per round; totals are then extrapolated (default: the whole procedure, heatmaps compared)",
        };
        Option<string?> bundle = new("--bundle") { Description = "Bundle of the same checkpoints to time beside it" };
        Option<int[]> prompts = new("--prompts")
        {
            Description = "Phrases per image (default: 1 5)",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [1, 5],
        };
        Option<int> rounds = new("--rounds") { Description = "Rounds; each part's fastest time counts", DefaultValueFactory = _ => 3 };
        Option<bool> lean = new("--low-memory") { Description = "Load the bundle without rearranged copies of the weights" };
        Option<int> threads = new("--threads")
        {
            Description = "Threads of an operator on both sides; 0 for all cores",
            DefaultValueFactory = _ => 0,
        };
        Option<string> device = TrainingOptions.Device(why: "; the bundle runs there too");
        Option<DirectoryInfo?> libtorch = TrainingOptions.Libtorch();
        Option<bool> tf32 = new("--tf32") { Description = "Let the reference use TF32 on a GPU (default: strict float32)" };
        Option<bool> processor = BenchCommand.CpuTime();
        Option<bool> json = CommonOptions.Json();
        Command command = new(
            "bench-reference",
            "Time the authors' procedure in TorchSharp (guided batch of two, all steps, whole U-Net, every layer's maps kept) and a "
                + "bundle beside it."
        )
        {
            config,
            unet,
            vae,
            text,
            steps,
            bundle,
            prompts,
            rounds,
            lean,
            threads,
            device,
            libtorch,
            tf32,
            processor,
            json,
        };
        command.SetAction(
            (parse, cancellation) =>
                Task.Run(
                    () =>
                    {
                        CommandOutput output = CommandOutput.Of(parse, json);
                        TorchDevice chosen = TorchDevice.Choose(
                            parse.GetRequiredValue(device),
                            parse.GetValue(libtorch)?.FullName,
                            parse.GetValue(tf32)
                        );
                        output.Note(chosen.ToString());
                        ReferenceBenchmark benchmark = new()
                        {
                            Device = chosen,
                            Tf32 = parse.GetValue(tf32),
                            ConfigPath = parse.GetRequiredValue(config).FullName,
                            UNetPath = parse.GetRequiredValue(unet).FullName,
                            VaePath = parse.GetRequiredValue(vae).FullName,
                            TextEncoderPath = parse.GetRequiredValue(text).FullName,
                            Steps = parse.GetValue(steps),
                            Bundle = parse.GetValue(bundle) is { } path ? BundleLocator.Find(path) : null,
                            PhraseCounts = [.. (parse.GetValue(prompts) ?? []).Distinct()],
                            Rounds = parse.GetValue(rounds),
                            Model = new GroundingModelOptions
                            {
                                Provider = chosen.IsCuda ? ExecutionProvider.Cuda : ExecutionProvider.Cpu,
                                DeviceId = chosen.IsCuda ? chosen.Device.index : 0,
                                PrepackWeights = !parse.GetValue(lean),
                                Threads = parse.GetValue(threads),
                            },
                            ProcessorTime = parse.GetValue(processor),
                        };
                        ReferenceBenchResult result = benchmark.Run(output.Note, cancellation);
                        if (output.IsJson)
                        {
                            output.Document(result.ToJson());
                        }
                        else
                        {
                            Show(result, output);
                        }

                        return ExitCodes.Done;
                    },
                    cancellation
                )
        );
        return command;
    }

    private static void Show(ReferenceBenchResult result, CommandOutput output)
    {
        output.Line(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{result.Model}: TorchSharp {result.TorchSharp} eager on {result.Device}{(result.Tf32 == true ? " with TF32" : "")}, "
                    + $"{result.TorchThreads} threads, {result.Clock} time, "
                    + $"{Extent(result)}"
            )
        );
        output.Line();
        output.Table(
            ["part", "GFLOP", "reference s", "bundle s", "ratio"],
            [
                .. result.Parts.Select(part =>
                    (IReadOnlyList<string>)
                        [
                            part.Name,
                            string.Create(CultureInfo.InvariantCulture, $"{part.Gflop:0.###}"),
                            Seconds(part.ReferenceSeconds),
                            Seconds(part.BundleSeconds),
                            part is { ReferenceSeconds: { } reference, BundleSeconds: { } own }
                                ? string.Create(CultureInfo.InvariantCulture, $"{reference / own:0.00}x")
                                : "",
                        ]
                ),
            ]
        );
        output.Line();
        output.Table(
            ["system", "phrases", "evaluations", "GFLOP", "seconds", "GFLOP/s", "against reference", "max-abs", "correlation"],
            [
                .. result.Rows.Select(row =>
                    (IReadOnlyList<string>)
                        [
                            row.System,
                            string.Create(CultureInfo.InvariantCulture, $"{row.Phrases}"),
                            row.TruncatedEvaluations > 0
                                ? string.Create(CultureInfo.InvariantCulture, $"{row.Evaluations} + {row.TruncatedEvaluations}")
                                : string.Create(CultureInfo.InvariantCulture, $"{row.Evaluations}"),
                            string.Create(CultureInfo.InvariantCulture, $"{row.Gflop:0.#}"),
                            string.Create(CultureInfo.InvariantCulture, $"{row.Seconds:0.###}"),
                            string.Create(CultureInfo.InvariantCulture, $"{row.Gflop / row.Seconds:0}"),
                            string.Create(CultureInfo.InvariantCulture, $"{row.Ratio:0.0}x"),
                            row.MaxAbs is { } difference ? string.Create(CultureInfo.InvariantCulture, $"{difference:0.0e+0}") : "",
                            row.Correlation is { } correlation ? string.Create(CultureInfo.InvariantCulture, $"{correlation:0.0000}") : "",
                        ]
                ),
            ]
        );
        output.Line();
        output.Line(
            $"resident memory, MiB: "
                + string.Join(
                    ", ",
                    result.ResidentBytes.Select(stage =>
                        string.Create(CultureInfo.InvariantCulture, $"{stage.Key} {stage.Value / Mebibyte:0}")
                    )
                )
        );
    }

    private static string Seconds(double? value) =>
        value is { } seconds ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0000}") : "";

    private static string Extent(ReferenceBenchResult result) =>
        result.Extrapolated
            ? string.Create(CultureInfo.InvariantCulture, $"{result.MeasuredSteps} of {result.Steps} steps measured, totals extrapolated")
            : string.Create(CultureInfo.InvariantCulture, $"all {result.Steps} steps carried out");
}
