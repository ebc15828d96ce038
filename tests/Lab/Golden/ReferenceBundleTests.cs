using CxrOnnx.Core.Artifacts;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Lab.Tests.Golden;

/// <summary>
/// The reference checkpoints through the commands a user types: export, then verify against tensors of the reference implementations.
/// </summary>
[Trait("Category", "slow")]
public sealed class ReferenceBundleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cxronnx-parity-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("tuned")]
    [InlineData("frozen")]
    public async Task ExportThenVerify_ReferenceCheckpoints_PassEveryTensor(string variant)
    {
        string bundle = await Export(variant);

        LabRun verify = await LabRun.Of("cxr", "verify", bundle, "--golden", ParityFile.Path(variant));

        Assert.Equal(0, verify.ExitCode);
        Assert.Contains(
            $"{ParityFile.TensorCount} of {ParityFile.TensorCount} tensors pass",
            verify.Output + verify.Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Verify_OneValueChanged_FailsWithTheTensorsName()
    {
        string bundle = await Export("tuned");
        string changed = Path.Combine(_folder, "changed.safetensors");
        ChangeOneValue(ParityFile.Path("tuned"), changed, "denoiser/t409/out/out_sample");

        LabRun verify = await LabRun.Of("cxr", "verify", bundle, "--golden", changed);

        Assert.Equal(1, verify.ExitCode);
        Assert.Contains("denoiser/t409/out_sample", verify.Error, StringComparison.Ordinal);
    }

    private async Task<string> Export(string variant)
    {
        string bundle = Path.Combine(_folder, $"bundle-{variant}");
        LabRun export = await LabRun.Of(
            "export",
            "--unet",
            Fixtures.Path("unet/diffusion_model.safetensors"),
            "--vae",
            Fixtures.Path("vae/autoencoder.safetensors"),
            "--text-encoder",
            Fixtures.Path("text/model.safetensors"),
            "--config",
            Fixtures.Path($"golden/model-{variant}.yaml"),
            "--out",
            bundle
        );
        Assert.True(export.ExitCode == 0, export.Error);
        return bundle;
    }

    private static void ChangeOneValue(string source, string target, string name)
    {
        File.Copy(source, target);
        long offset;
        using (SafetensorsFile file = SafetensorsFile.Open(target))
        {
            offset = file.OffsetOf(name);
        }

        using FileStream stream = File.OpenWrite(target);
        stream.Position = offset;
        stream.Write(BitConverter.GetBytes(17.5f));
    }
}
