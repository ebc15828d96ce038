using System.Text.Json;
using System.Xml.Linq;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands;

[Trait("Category", "quick")]
public sealed class VerifyCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A golden file of the VAE encoder's own answer; one value can be changed.</summary>
    private string Golden(float change)
    {
        using Bundle bundle = Bundle.Open(TinyBundle.Folder);
        using GroundingModel model = GroundingModel.Load(bundle, new GroundingModelOptions { Provider = ExecutionProvider.Cpu });
        float[] image = [.. Enumerable.Range(0, 64 * 64).Select(i => (i % 97) / 97f)];
        GraphTensor latents = model.Run("vae_encoder", [GraphTensor.Float32("image", image, 1, 1, 64, 64)], ["latents"])[0];
        float[] values = [.. latents.Floats!];
        values[17] += change;
        string path = _folder.File($"golden{change}.safetensors");
        SafetensorsWriter.Write(
            path,
            [
                TensorPayload.Float32("vae_encoder/ramp/in/image", [1, 1, 64, 64], image),
                TensorPayload.Float32("vae_encoder/ramp/out/latents", [.. latents.Shape], values),
            ],
            new Dictionary<string, string> { ["tolerance.vae_encoder"] = """{"atol": 1e-4, "rtol": 1e-3}""" }
        );
        return path;
    }

    [Fact]
    public async Task Verify_EqualTensors_PassesAndWritesJUnit()
    {
        string junit = _folder.File("junit.xml");

        CliRun run = await CliTest.Run("verify", TinyBundle.Folder, "--golden", Golden(0), "--junit", junit);

        Assert.Equal(0, run.Code);
        Assert.Contains("vae_encoder/ramp/latents", run.Output, StringComparison.Ordinal);
        Assert.Contains("1 of 1 tensors pass", run.Output, StringComparison.Ordinal);
        XElement suite = XDocument.Load(junit).Root!.Element("testsuite")!;
        Assert.Equal(("1", "0"), (suite.Attribute("tests")!.Value, suite.Attribute("failures")!.Value));
    }

    [Fact]
    public async Task Verify_OneValueChanged_FailsWithTheTensorsName()
    {
        string golden = Golden(0.5f);
        string junit = _folder.File("junit.xml");

        CliRun run = await CliTest.Run("verify", TinyBundle.Folder, "--golden", golden, "--junit", junit, "--json");

        Assert.Equal(1, run.Code);
        Assert.Contains("error: parity failed: vae_encoder/ramp/latents: max-abs 0.5, 1 of", run.Error, StringComparison.Ordinal);
        using JsonDocument document = JsonDocument.Parse(run.Output);
        Assert.False(document.RootElement.GetProperty("passed").GetBoolean());
        Assert.Equal(1, document.RootElement.GetProperty("tensors")[0].GetProperty("failed_elements").GetInt32());
        Assert.Single(XDocument.Load(junit).Descendants("failure"));
    }

    [Fact]
    public async Task Verify_NoGoldenFile_IsRefused()
    {
        (await CliTest.Run("verify", TinyBundle.Folder)).AssertRefused("give one with --golden FILE");
        (await CliTest.Run("verify", TinyBundle.Folder, "--golden", _folder.File("none"))).AssertRefused("no such file");
    }
}
