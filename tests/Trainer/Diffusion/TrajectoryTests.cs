using CxrOnnx.Trainer.Diffusion;
using CxrOnnx.Trainer.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Tests.Diffusion;

[Trait("Category", "slow")]
public sealed class TrajectoryTests
{
    [Fact]
    public void SampleStates_AllSteps_LeadFromTheNoiseToTheSample()
    {
        using DisposeScope scope = NewDisposeScope();
        using LatentDiffusionModel model = ToyModel.Create();
        using LatentDataSet data = ToyModel.Data(1);
        Tensor noise = randn(data.Batch([0]).shape);

        Tensor states = Trajectory.SampleStates(model, noise, "left mass", 10, 0, 10);
        Tensor part = Trajectory.SampleStates(model, noise, "left mass", 10, 2, 4);
        Tensor sample = Trajectory.Sample(model, noise, ["left mass"], 10, 1);

        Assert.Equal([10, .. noise.shape.Skip(1)], states.shape);
        Assert.Equal(Values(noise), Values(states[9]));
        Assert.Equal(Values(states.narrow(0, 2, 2)), Values(part));

        // The first state is one step away from the sample, and no other is nearer.
        float[] distances = [.. Enumerable.Range(0, 10).Select(k => (states[k] - sample[0]).square().mean().item<float>())];
        Assert.Equal(0, Array.IndexOf(distances, distances.Min()));
    }

    private static float[] Values(Tensor tensor) => tensor.contiguous().data<float>().ToArray();
}
