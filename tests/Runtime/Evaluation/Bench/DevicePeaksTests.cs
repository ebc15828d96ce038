using CxrOnnx.Evaluation.Bench;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation.Bench;

[Trait("Category", "quick")]
public sealed class DevicePeaksTests
{
    [Fact]
    public void Measure_OnTheCpu_TriesTheCodeInBothPrecisions()
    {
        IReadOnlyDictionary<string, double> rates = DevicePeaks.Measure(null, 64, TestContext.Current.CancellationToken);
        Assert.Equal(
            ["3x3 convolution, fp16", "3x3 convolution, fp32", "matrix product, fp16", "matrix product, fp32"],
            rates.Keys.Order(StringComparer.Ordinal)
        );
        Assert.All(rates.Values, rate => Assert.True(rate > 0));
    }

    [Fact]
    public void DeviceWatch_WithoutDriver_SaysWhatIsUnknownAndWhy()
    {
        Assert.SkipWhen(NvidiaManagement.Open(0, out _) is not null, "there is an NVIDIA driver");
        using DeviceWatch watch = new(0);
        watch.Start();
        BenchDevice device = watch.Stop(null, "not measured");
        Assert.Null(device.Name);
        Assert.Null(device.MemoryBytes);
        Assert.Null(device.MemoryOf);
        Assert.Null(device.BusyShare);
        Assert.Contains(device.Unknown, text => text.Contains("libnvidia-ml.so.1", StringComparison.Ordinal));
        Assert.Contains(device.Unknown, text => text.StartsWith("peaks: not measured", StringComparison.Ordinal));
    }
}
