using CxrOnnx.Core.Atlas;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Tests.Training;

public sealed class LocationEmphasisTests
{
    private const int Height = 12;
    private const int Width = 20;

    private static readonly LocationEmphasis Emphasis = new(LocationAtlas.Default, peak: 6, Height, Width);

    [Fact]
    public void Weights_AnyRecords_HaveMeanOnePerImage()
    {
        using DisposeScope scope = NewDisposeScope();

        Tensor weights = Emphasis.Weights([Record("left lower"), Record(), Record("right apical", "cardiomegaly")]);

        Assert.Equal([3, 1, Height, Width], weights.shape);
        Assert.All(weights.mean([1, 2, 3]).data<float>().ToArray(), mean => Assert.Equal(1, mean, 1e-5)); // float32 over 240 cells
        Assert.All(weights[1].data<float>().ToArray(), weight => Assert.Equal(1, weight));
    }

    [Fact]
    public void Weights_LeftLowerFinding_AreLargestOnThePatientsLeftBelow()
    {
        using DisposeScope scope = NewDisposeScope();

        float[] weights = Emphasis.Weights([Record("left lower")]).data<float>().ToArray();
        int largest = Array.IndexOf(weights, weights.Max());

        Assert.True(largest / Width > Height / 2, "below the middle");
        Assert.True(largest % Width > Width / 2, "the patient's left is on the image's right");
        Assert.InRange(weights.Max() / weights.Min(), 5, 6); // no centre of these coarse cells lies on the peak itself
    }

    private static TrainingRecord Record(params string[] locations) => new()
    {
        Index = 0,
        Findings = [.. locations.Select(location => new TrainingFinding { Prompt = location, Pathology = "pneumonia", Locations = [location], Boxes = [] })],
    };
}
