using CxrOnnx.Runtime.Tests.Imaging;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands;

/// <summary>What <c>cxr ground</c> refuses, in one line.</summary>
[Trait("Category", "slow")]
public sealed class GroundRefusalTests : GroundTest
{
    [Fact]
    public async Task Ground_WrongImages_AreRefusedInOneLine()
    {
        (await Ground(Folder.File("nothing.png"), "edema")).AssertRefused("nothing.png: no such file");
        (await Ground(Folder.Path, "edema")).AssertRefused("is a folder");
        await File.WriteAllTextAsync(Folder.File("text.png"), "not an image at all", TestContext.Current.CancellationToken);
        (await Ground(Folder.File("text.png"), "edema")).AssertRefused("text.png: not an image that can be recognised");
        await File.WriteAllBytesAsync(
            Folder.File("huge.png"),
            PngFileBuilder.Header(20_000, 20_000),
            TestContext.Current.CancellationToken
        );
        (await Ground(Folder.File("huge.png"), "edema")).AssertRefused("20000 x 20000 = 400 million pixels, the limit is 100 million");
        await File.WriteAllBytesAsync(
            Folder.File("one.png"),
            NetVips.Image.Black(1, 1).PngsaveBuffer(),
            TestContext.Current.CancellationToken
        );
        (await Ground(Folder.File("one.png"), "edema")).AssertRefused("1 x 1 pixels; the shorter side must have at least 32");
        await File.WriteAllBytesAsync(
            Folder.File("black.png"),
            NetVips.Image.Black(200, 300).PngsaveBuffer(),
            TestContext.Current.CancellationToken
        );
        (await Ground(Folder.File("black.png"), "edema")).AssertRefused("the image is all black");
    }

    [Fact]
    public async Task Ground_WrongPhrases_AreRefusedInOneLine()
    {
        string image = TestImages.Radiograph(Folder.Path);
        (await Ground(image)).AssertRefused("no phrase given");
        (await Ground(image, "")).AssertRefused("a phrase is empty");
        (await Ground(image, "edema", "  ")).AssertRefused("a phrase is empty");
        (await Ground(image, "purple zebra")).AssertRefused("knows none of its words (\"purple\", \"zebra\")");
        (await Ground(image, "--report", Folder.File("none.txt"))).AssertRefused("none.txt: no such file");
        await File.WriteAllTextAsync(
            Folder.File("german.txt"),
            "Kein Pneumothorax, kleiner Pleuraerguss links.",
            TestContext.Current.CancellationToken
        );
        (await Ground(image, "--report", Folder.File("german.txt"))).AssertRefused("german.txt: ");
    }

    [Fact]
    public async Task Ground_WrongOptions_AreRefusedInOneLine()
    {
        string image = TestImages.Radiograph(Folder.Path);
        (await Ground(image, "edema", "--preset", "nonsense")).AssertRefused("has exact, fast, turbo");
        (await Ground(image, "edema", "--provider", "nonsense")).AssertRefused(
            "provider 'nonsense': known are auto, cpu, cuda and tensorrt"
        );
        (await Ground(image, "edema", "--provider-library", Folder.File("none.so"))).AssertRefused("none.so: no such file");
        (await Ground(image, "edema", "--threshold", "7")).AssertRefused("must lie in [0, 1]");
        (await Ground(image, "edema", "--threshold", "x")).AssertRefused("see cxr ground --help");
        (await CliTest.Run("ground", image, "edema", "--bundle", Folder.File("none"))).AssertRefused("no such bundle");
        (await CliTest.Run("ground", image, "edema", "--bundle", Folder.Path)).AssertRefused("no bundle.json in this folder");
    }

    [Fact]
    public async Task Ground_CudaThatIsNotThere_NamesTheLibraryAndRunsNothing()
    {
        Assert.SkipWhen(
            CxrOnnx
                .Grounding.Sessions.ExecutionProviders.Examine()
                .Any(status => status.Provider == CxrOnnx.Grounding.Sessions.ExecutionProvider.Cuda && status.Usable),
            "CUDA works here"
        );
        CliRun run = await Ground(TestImages.Radiograph(Folder.Path), "edema", "--provider", "cuda");
        run.AssertRefused(OperatingSystem.IsWindows() ? "onnxruntime_providers_cuda.dll" : "libonnxruntime_providers_cuda.so");
        Assert.Contains("nothing was run on the CPU instead", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ground_OutIsAFile_IsRefusedBeforeAnythingIsComputed()
    {
        await File.WriteAllTextAsync(Out, "a file", TestContext.Current.CancellationToken);
        (await Ground(TestImages.Radiograph(Folder.Path), "edema")).AssertRefused("cannot write there");
    }

    [Fact]
    public async Task Ground_ChangedByteInTheBundle_NamesTheFile()
    {
        string bundle = TinyBundle.Copy(Folder.File("bundle"));
        string weights = Path.Combine(bundle, "weights.safetensors");
        byte[] bytes = await File.ReadAllBytesAsync(weights, TestContext.Current.CancellationToken);
        bytes[^5] ^= 1;
        await File.WriteAllBytesAsync(weights, bytes, TestContext.Current.CancellationToken);

        (await CliTest.Run("ground", TestImages.Radiograph(Folder.Path), "edema", "--bundle", bundle, "--out", Out)).AssertRefused(
            "weights.safetensors: has SHA-256"
        );

        CliRun inspected = await CliTest.Run("inspect", bundle);
        Assert.Equal(2, inspected.Code);
        Assert.Contains("changed since it was written: weights.safetensors", inspected.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ground_ManifestPathThatLeavesTheFolder_IsNamed()
    {
        string bundle = TinyBundle.Copy(Folder.File("bundle"));
        string manifest = Path.Combine(bundle, "bundle.json");
        string text = await File.ReadAllTextAsync(manifest, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            manifest,
            text.Replace("\"path\": \"weights.safetensors\"", "\"path\": \"../weights.safetensors\"", StringComparison.Ordinal),
            TestContext.Current.CancellationToken
        );

        (await CliTest.Run("ground", TestImages.Radiograph(Folder.Path), "edema", "--bundle", bundle, "--out", Out)).AssertRefused(
            "../weights.safetensors"
        );
    }
}
