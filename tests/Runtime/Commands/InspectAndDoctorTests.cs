using System.Text.Json;
using CxrOnnx.Core;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Tests;
using CxrOnnx.Workflows;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands;

[Trait("Category", "slow")]
public sealed class InspectAndDoctorTests
{
    [Fact]
    public async Task Inspect_Bundle_ShowsGraphsFilesAndTokens()
    {
        CliRun run = await CliTest.Run("inspect", TinyBundle.Folder);

        Assert.Equal((0, ""), (run.Code, run.Error));
        foreach (
            string expected in (string[])
                [
                    "tiny",
                    "closed, 46 token ids",
                    "unet_attention.onnx",
                    "last_hidden_state float32",
                    "weights.safetensors",
                    "unchanged",
                    "3 to 4",
                ]
        )
        {
            Assert.Contains(expected, run.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Inspect_Json_HoldsTheManifest()
    {
        CliRun run = await CliTest.Run("inspect", TinyBundle.Folder, "--json");
        using JsonDocument document = JsonDocument.Parse(run.Output);
        Assert.True(document.RootElement.GetProperty("unchanged").GetBoolean());
        Assert.Equal("tiny", document.RootElement.GetProperty("manifest").GetProperty("model").GetProperty("name").GetString());
    }

    [Fact]
    public async Task Inspect_MissingFile_IsNamed()
    {
        using TemporaryFolder folder = new();
        string bundle = TinyBundle.Copy(folder.File("bundle"));
        File.Delete(Path.Combine(bundle, "unet.onnx"));
        (await CliTest.Run("inspect", bundle)).AssertRefused("unet.onnx: is missing");
    }

    [Fact]
    public async Task Doctor_GoodBundle_Passes()
    {
        CliRun run = await CliTest.Run("doctor", "--bundle", TinyBundle.Folder, "--json");

        using JsonDocument document = JsonDocument.Parse(run.Output);
        Dictionary<string, string> outcomes = document
            .RootElement.GetProperty("checks")
            .EnumerateArray()
            .ToDictionary(check => check.GetProperty("name").GetString()!, check => check.GetProperty("outcome").GetString()!);
        Assert.Equal(0, run.Code);
        foreach (string name in (string[])["platform", ".NET", "libvips", "ONNX Runtime", "telemetry", "provider cpu", "bundle"])
        {
            Assert.Equal("pass", outcomes[name]);
        }

        Assert.Contains("provider cuda", outcomes.Keys);
        Assert.Contains("GDCM", outcomes.Keys);
    }

    [Fact]
    public async Task Doctor_DamagedBundle_FailsWithTheFileAndTheFix()
    {
        using TemporaryFolder folder = new();
        string bundle = TinyBundle.Copy(folder.File("bundle"));
        await File.AppendAllTextAsync(Path.Combine(bundle, "unet_attention.onnx"), "x", TestContext.Current.CancellationToken);

        CliRun run = await CliTest.Run("doctor", "--bundle", bundle);

        Assert.Equal(1, run.Code);
        Assert.Contains("unet_attention.onnx: has", run.Output, StringComparison.Ordinal);
        Assert.Contains("fix for bundle: copy or export the bundle again", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_CudaAskedForAndNotThere_FailsWithTheFix()
    {
        Assert.SkipWhen(
            ExecutionProviders.Examine().Any(status => status.Provider == ExecutionProvider.Cuda && status.Usable),
            "CUDA works here"
        );

        CliRun run = await CliTest.Run("doctor", "--provider", "cuda", "--bundle", TinyBundle.Folder);

        Assert.Equal(1, run.Code);
        Assert.Contains("provider cuda", run.Output, StringComparison.Ordinal);
        Assert.Contains("fix for provider cuda: ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_UnknownProvider_IsRefused() =>
        (await CliTest.Run("doctor", "--provider", "nonsense", "--bundle", TinyBundle.Folder)).AssertRefused("provider 'nonsense'");

    [Fact]
    public void BundleLocator_FromDeepFolder_FindsTheShippedOneAbove()
    {
        using TemporaryFolder folder = new();
        string deep = Directory.CreateDirectory(folder.File("a/b/c")).FullName;
        Assert.Null(BundleLocator.TryFindDefault([deep]));
        Assert.Throws<InputException>(() => BundleLocator.Find(null, [deep]));
        string bundle = Directory.CreateDirectory(folder.File("a/models/cxr-phantom")).FullName;
        File.WriteAllText(Path.Combine(bundle, "bundle.json"), "{}");
        Assert.Equal(bundle, BundleLocator.Find(null, [deep]));
    }

    [Fact]
    public async Task Inspect_Vocabulary_ListsTokensAndStandardPrompts()
    {
        CliRun run = await CliTest.Run("inspect", TinyBundle.Folder, "--vocabulary", "--json");

        Assert.Equal((0, ""), (run.Code, run.Error));
        JsonElement document = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal("closed", document.GetProperty("kind").GetString());
        Assert.Equal(46, document.GetProperty("tokens").GetArrayLength());
        string[] prompts = [.. document.GetProperty("prompts").EnumerateArray().Select(prompt => prompt.GetString()!)];
        Assert.Contains("left lower pneumonia", prompts);
        Assert.Contains("pneumonia", document.GetProperty("pathologies").EnumerateArray().Select(name => name.GetString()));
        CliRun table = await CliTest.Run("inspect", TinyBundle.Folder, "--vocabulary");
        Assert.Contains($"{prompts.Length} standard prompts", table.Output, StringComparison.Ordinal);
        Assert.Contains("knows 46 token ids and nothing else", table.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_AnyBadInput_IsExitCode2()
    {
        using TemporaryFolder folder = new();
        Assert.Equal(2, (await CliTest.Run("inspect", folder.File("none"))).Code);
        Assert.Equal(2, (await CliTest.Run("inspect", folder.Path)).Code);
        foreach (string change in (string[])["size", "bytes", "manifest"])
        {
            string bundle = TinyBundle.Copy(folder.File(change));
            string file = Path.Combine(bundle, change == "manifest" ? "bundle.json" : "unet.onnx");
            byte[] bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
            bytes[^2] ^= 1;
            await File.WriteAllBytesAsync(file, change == "size" ? [.. bytes, 1] : bytes, TestContext.Current.CancellationToken);
            CliRun run = await CliTest.Run("inspect", bundle, "--quiet");
            Assert.Equal(2, run.Code);
            Assert.StartsWith("error: ", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void BundleLocator_Default_SaysWhichWayItWasFound()
    {
        using TemporaryFolder folder = new();
        string bundle = Directory.CreateDirectory(folder.File("models/cxr-phantom")).FullName;
        File.WriteAllText(Path.Combine(bundle, "bundle.json"), "{}");
        Assert.Equal(new LocatedBundle(bundle, $"found in {folder.Path} or above it"), BundleLocator.TryLocateDefault([folder.Path]));
        Assert.Equal(new LocatedBundle(bundle, "named by `bundle`"), BundleLocator.Locate(bundle, [folder.File("none")]));
    }
}
