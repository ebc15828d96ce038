using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Core.Tests.Diffusion;

[Trait("Category", "quick")]
public class InferenceTimestepsTests
{
    [Theory]
    [InlineData(30, 31)]
    [InlineData(50, 50)]
    [InlineData(100, 100)]
    [InlineData(300, 334)]
    [InlineData(1000, 1000)]
    public void Trailing_RequestedSteps_EqualsReference(int requested, int count)
    {
        using SafetensorsFile reference = SafetensorsFile.Open(Fixtures.Path("scheduler/scheduler.safetensors"));
        InferenceTimesteps timesteps = InferenceTimesteps.Trailing(requested, 1000);
        Assert.Equal(count, timesteps.Count);
        Assert.Equal(reference.ReadInt64($"timesteps_trailing_{requested}"), timesteps.Descending.Select(t => (long)t));
    }

    [Theory]
    [InlineData(30)]
    [InlineData(50)]
    [InlineData(100)]
    [InlineData(300)]
    [InlineData(1000)]
    public void Leading_RequestedSteps_EqualsReference(int requested)
    {
        using SafetensorsFile reference = SafetensorsFile.Open(Fixtures.Path("scheduler/scheduler.safetensors"));
        InferenceTimesteps timesteps = InferenceTimesteps.Leading(requested, 1000);
        Assert.Equal(reference.ReadInt64($"timesteps_leading_{requested}"), timesteps.Descending.Select(t => (long)t));
    }

    [Fact]
    public void Trailing_Hundred_HasThePublishedWindow()
    {
        InferenceTimesteps timesteps = InferenceTimesteps.Trailing(100, 1000);
        Assert.Equal(10, timesteps.Stride);
        Assert.Equal((9, 409, 599, 999), (timesteps[0], timesteps[40], timesteps[59], timesteps[99]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1001)]
    [InlineData(-3)]
    public void Trailing_StepsOutsideTraining_Throws(int requested)
    {
        InputException error = Assert.Throws<InputException>(() => InferenceTimesteps.Trailing(requested, 1000));
        Assert.Equal($"{requested} inference steps: must lie between 1 and the 1000 training steps", error.Message);
        Assert.Throws<InputException>(() => InferenceTimesteps.Leading(requested, 1000));
    }
}
