using CxrOnnx.Trainer.Native;
using TorchSharp;
using Xunit;

namespace CxrOnnx.Trainer.Tests.Native;

[Trait("Category", "quick")]
public sealed class TorchLibraryTests
{
    [Fact]
    public void Torch_FirstUseWithoutAnyCall_Computes()
    {
        using torch.Tensor sum = torch.ones(3, 4).sum();
        Assert.Equal(12f, sum.item<float>());
    }

    [Fact]
    public void EnsureLoaded_CalledTwice_LoadsLibtorchOnce()
    {
        TorchLibrary.EnsureLoaded();
        TorchLibrary.EnsureLoaded();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the memory map is Linux's");
        string[] mapped =
        [
            .. File.ReadLines("/proc/self/maps")
                .Where(line => line.Contains(".so", StringComparison.Ordinal))
                .Select(line => line[line.IndexOf('/', StringComparison.Ordinal)..])
                .Distinct(),
        ];
        Assert.Single(mapped, path => path.EndsWith("/libtorch_cpu.so", StringComparison.Ordinal));
        Assert.Single(mapped, path => Path.GetFileName(path).StartsWith("libLibTorchSharp", StringComparison.Ordinal));
    }
}
