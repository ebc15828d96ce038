using CxrOnnx.Core;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Native;
using Xunit;

namespace CxrOnnx.Trainer.Tests.Devices;

[Trait("Category", "quick")]
public sealed class TorchDeviceTests
{
    [Theory]
    [InlineData("auto", null, 0)]
    [InlineData("cpu", false, 0)]
    [InlineData("cuda", true, 0)]
    [InlineData("cuda:0", true, 0)]
    [InlineData("cuda:13", true, 13)]
    public void Parse_KnownName_IsUnderstood(string name, bool? cuda, int index) => Assert.Equal((cuda, index), TorchDevice.Parse(name));

    [Theory]
    [InlineData("gpu")]
    [InlineData("CUDA")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:1.5")]
    [InlineData("cuda: 1")]
    [InlineData("")]
    public void Parse_UnknownName_SaysWhichAreKnown(string name)
    {
        InputException error = Assert.Throws<InputException>(() => TorchDevice.Parse(name));
        Assert.Equal($"`device` '{name}': known are auto, cpu, cuda and cuda:N with the number of a GPU", error.Message);
    }

    [Fact]
    public void Choose_Cpu_IsTheCpu()
    {
        TorchDevice device = TorchDevice.Choose("cpu");
        Assert.Equal("cpu", device.Name);
        Assert.False(device.IsCuda);
    }

    [Fact]
    public void Choose_CudaThatCannotBeMet_NamesWhatIsMissing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && TorchLibrary.HasOwnLibtorch, "this is the build for CUDA");
        InputException error = Assert.Throws<InputException>(() => TorchDevice.Choose("cuda:1"));
        Assert.Contains("`device` cuda:1 cannot be used: this build brings libtorch for the CPU", error.Message, StringComparison.Ordinal);
        Assert.Contains("-p:Accelerator=cuda", error.Message, StringComparison.Ordinal);
        Assert.Contains("nothing was run on the CPU instead", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Choose_AutoWithoutGpu_TakesTheCpuAndSaysWhy()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && TorchLibrary.HasOwnLibtorch, "this is the build for CUDA");
        TorchDevice device = TorchDevice.Choose("auto");
        Assert.Equal("cpu", device.Name);
        Assert.StartsWith("no GPU can be used: ", device.Reason, StringComparison.Ordinal);
    }
}
