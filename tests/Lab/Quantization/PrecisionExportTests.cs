using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Imaging;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Lab.Tests.Quantization;

/// <summary>fp16 and int8 bundles through the command, from random checkpoints of the smallest model.</summary>
[Trait("Category", "slow")]
public sealed class PrecisionExportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cxronnx-precision-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Export_Fp16AndInt8_GroundAlikeAndVerify()
    {
        LongTest.SkipUnlessAsked();
        await Succeeds("init", "--config", Model, "--seed", "2", "--out", _folder);
        await Succeeds("phantom", "--count", "2", "--size", "96x80", "--out", In("phantoms"));
        await Succeeds(["golden", .. Checkpoints, "--out", In("golden.safetensors")]);
        await Succeeds(Export("fp32"));
        await Succeeds(Export("fp16"));
        await Succeeds(Export("int8", Calibration));
        string once = await File.ReadAllTextAsync(In("int8/bundle.json"), TestContext.Current.CancellationToken);
        await Succeeds(Export("int8", [.. Calibration, "--force"]));
        Assert.Equal(once, await File.ReadAllTextAsync(In("int8/bundle.json"), TestContext.Current.CancellationToken));

        float[][] full = Heatmaps("fp32"),
            half = Heatmaps("fp16"),
            eight = Heatmaps("int8");
        for (int i = 0; i < full.Length; i++)
        {
            // Rounding of weights to 11 bits, through eleven evaluations that amplify it.
            Assert.InRange(HeatmapSimilarity.MaxAbs(full[i], half[i]), 0, 0.02);
            // The export promises 0.99 for images it calibrated on, as this one is.
            Assert.InRange(HeatmapSimilarity.Correlation(full[i], eight[i]), 0.97, 0.9999999);
        }

        foreach (string precision in new[] { "fp16", "int8" })
        {
            LabRun verify = await LabRun.Of("cxr", "verify", In(precision));
            Assert.True(verify.ExitCode == 0, verify.Error + verify.Output);
            Assert.Contains("pipeline/image0/heatmap", verify.Output, StringComparison.Ordinal);
            LabRun inspect = await LabRun.Of("cxr", "inspect", In(precision));
            Assert.Contains(precision, inspect.Output, StringComparison.Ordinal);
        }

        // An int8 bundle does not reproduce what fp32 has to.
        LabRun strict = await LabRun.Of("cxr", "verify", In("int8"), "--golden", In("golden.safetensors"));
        Assert.Equal(1, strict.ExitCode);
        BundleManifest manifest = BundleManifestFile.Read(In("int8/bundle.json"));
        Assert.Contains("Mse", manifest.Provenance["quantization.activations"], StringComparison.Ordinal);
        Assert.Contains("quantization.kept_fp32", manifest.Provenance.Keys);
    }

    [Theory]
    [InlineData("int8", new string[0], "give --calibration DIR")]
    [InlineData("int8", new[] { "--calibration", "nowhere" }, "--calibration nowhere: no such folder")]
    [InlineData("int8", new[] { "--calibration", "EMPTY" }, "no image in it")]
    [InlineData("int8", new[] { "--calibration", "EMPTY", "--calibration-images", "0" }, "--calibration-images 0")]
    [InlineData("int8", new[] { "--calibration", "EMPTY", "--least-correlation", "1" }, "--least-correlation 1")]
    [InlineData("fp16", new[] { "--calibration", "EMPTY" }, "is for --precision int8")]
    public async Task Export_WrongCalibration_IsRefusedWithExitCode2(string precision, string[] options, string reason)
    {
        Directory.CreateDirectory(In("empty"));
        LabRun run = await LabRun.Of(Export(precision, [.. options.Select(word => word == "EMPTY" ? In("empty") : word)]));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(In(precision)));
    }

    private static string Model => Path.Combine(Fixtures.Repository, "pipelines", "settings", "smoke-model.yaml");

    private string[] Checkpoints =>
        [
            "--config",
            Model,
            "--unet",
            In("diffusion_model.pth"),
            "--vae",
            In("autoencoder.pth"),
            "--text-encoder",
            In(Path.Combine("text_encoder", "model.safetensors")),
            "--tokenizer",
            Path.Combine(Fixtures.Repository, "models", "tokenizer"),
        ];

    private string[] Calibration => ["--calibration", In("phantoms/images")];

    private string[] Export(string precision, params string[] options)
    {
        string golden = In("golden.safetensors");
        return
        [
            "export",
            .. Checkpoints,
            .. File.Exists(golden) ? new[] { "--golden", golden } : [],
            "--precision",
            precision,
            "--out",
            In(precision),
            .. options,
        ];
    }

    private float[][] Heatmaps(string precision)
    {
        using Bundle bundle = Bundle.Open(In(precision));
        using GroundingModel model = GroundingModel.Load(bundle, new GroundingModelOptions { Provider = ExecutionProvider.Cpu });
        GrayImage image = RadiographReader
            .Read(Directory.EnumerateFiles(In("phantoms/images")).Order(StringComparer.Ordinal).First())
            .Image;
        GroundingPipeline grounder = new(model);
        using ImageTrajectory trajectory = grounder.Invert(image);
        return
        [
            .. grounder
                .Ground(trajectory, ["left lower pneumonia", "bilateral pleural effusion"])
                .Select(result => result.ModelHeatmap.Values),
        ];
    }

    private string In(string file) => Path.Combine(_folder, file);

    private static async Task Succeeds(params string[] words)
    {
        LabRun run = await LabRun.Of(words);
        Assert.True(run.ExitCode == 0, $"{string.Join(' ', words)}: {run.Error}");
    }
}
