using System.Runtime.InteropServices;
using CxrOnnx.Core;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding.Sessions;

[Trait("Category", "quick")]
public class ExecutionProvidersTests
{
    [Fact]
    public void Choose_CudaOnTheCpuBuild_NamesTheLibraryAndTheWayOut()
    {
        SkipWithAccelerator();
        InputException error = Assert.Throws<InputException>(() => ExecutionProviders.Choose(ExecutionProvider.Cuda));
        Assert.Contains("onnxruntime_providers_cuda", error.Message, StringComparison.Ordinal);
        Assert.Contains("-p:Accelerator=cuda", error.Message, StringComparison.Ordinal);
        Assert.Contains("nothing was run on the CPU instead", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Choose_TensorRTOnTheCpuBuild_Throws()
    {
        SkipWithAccelerator();
        InputException error = Assert.Throws<InputException>(() => ExecutionProviders.Choose(ExecutionProvider.TensorRT));
        Assert.StartsWith("provider tensorrt cannot be used", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_AutoOnTheCpuBuild_TakesTheCpuAndSaysWhy()
    {
        SkipWithAccelerator();
        Assert.Throws<InputException>(() => ExecutionProviders.Choose(ExecutionProvider.Auto, null, 1));
        Assert.Throws<InputException>(() => ExecutionProviders.Choose(ExecutionProvider.Cpu, null, -1));
        ProviderChoice choice = ExecutionProviders.Choose(ExecutionProvider.Auto);
        Assert.Equal((ExecutionProvider.Auto, ExecutionProvider.Cpu, "cpu"), (choice.Requested, choice.Taken, choice.Name));
        Assert.Contains("no GPU provider", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_ProviderLibraryMissing_NamesThePath()
    {
        InputException error = Assert.Throws<InputException>(() => ExecutionProviders.Choose(ExecutionProvider.Cuda, "/no/such/libep.so"));
        Assert.Equal("provider library /no/such/libep.so: no such file", error.Message);
    }

    [Fact]
    public void Choose_ProviderLibraryThatIsNone_Throws()
    {
        string path = Path.Combine(TestRunFolder.Create(), "libep.so");
        File.WriteAllText(path, "not a library");
        Assert.Throws<InputException>(() => ExecutionProviders.Choose(ExecutionProvider.Cuda, path));
        Assert.Equal(ExecutionProvider.Cpu, ExecutionProviders.Choose(ExecutionProvider.Auto, path).Taken);
    }

    [Fact]
    public void Choose_ProviderLibraryWithMissingDependency_NamesIt()
    {
        string path = LibraryNeeding("libqq.so.2");
        InputException error = Assert.Throws<InputException>(() => ExecutionProviders.Choose(ExecutionProvider.Cuda, path));
        Assert.Contains("needs libqq.so.2, which the loader does not find", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Examine_ThisMachine_ListsEveryProviderWithAFix()
    {
        IReadOnlyList<ProviderStatus> states = ExecutionProviders.Examine();
        Assert.Equal([ExecutionProvider.Cpu, ExecutionProvider.Cuda, ExecutionProvider.TensorRT], states.Select(state => state.Provider));
        Assert.True(states[0].Usable);
        Assert.All(states, state => Assert.Equal(state.Usable, state.Fix is null));
    }

    [Theory]
    [InlineData("auto", ExecutionProvider.Auto)]
    [InlineData("cpu", ExecutionProvider.Cpu)]
    [InlineData("cuda", ExecutionProvider.Cuda)]
    [InlineData("tensorrt", ExecutionProvider.TensorRT)]
    public void Parse_KnownName_GivesTheProvider(string name, ExecutionProvider provider) =>
        Assert.Equal(provider, ExecutionProviders.Parse(name));

    [Fact]
    public void Parse_UnknownName_ListsTheKnownOnes()
    {
        InputException error = Assert.Throws<InputException>(() => ExecutionProviders.Parse("gpu"));
        Assert.Equal("provider 'gpu': known are auto, cpu, cuda and tensorrt", error.Message);
    }

    [Fact]
    public void Missing_OnnxRuntimeItself_IsEmpty()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "ELF files are read on Linux only");
        Assert.NotEmpty(NativeDependencies.Needed(OnnxRuntimeLibrary()));
        Assert.Empty(NativeDependencies.Missing(OnnxRuntimeLibrary()));
    }

    private static void SkipWithAccelerator() =>
        Assert.SkipWhen(
            Microsoft.ML.OnnxRuntime.OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider"),
            "this build of ONNX Runtime has CUDA"
        );

    private static string OnnxRuntimeLibrary()
    {
        string[] candidates =
        [
            Path.Combine(AppContext.BaseDirectory, "libonnxruntime.so"),
            Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native", "libonnxruntime.so"),
            Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libonnxruntime.so"),
        ];
        string? found = candidates.FirstOrDefault(File.Exists);
        Assert.SkipWhen(found is null, "libonnxruntime.so is not beside the tests");
        return found;
    }

    /// <summary>A real library, one of whose dependencies is renamed to one that does not exist.</summary>
    private static string LibraryNeeding(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "ELF files are read on Linux only");
        byte[] bytes = File.ReadAllBytes(OnnxRuntimeLibrary());
        byte[] original = [.. "libdl.so.2"u8];
        byte[] replacement = System.Text.Encoding.ASCII.GetBytes(name);
        int at = bytes.AsSpan().IndexOf(original);
        Assert.SkipWhen(at < 0, "this libonnxruntime.so does not need libdl.so.2");
        replacement.CopyTo(bytes.AsSpan(at));
        string path = Path.Combine(TestRunFolder.Create(), "libep.so");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
