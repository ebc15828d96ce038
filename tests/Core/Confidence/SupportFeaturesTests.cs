using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Prompts;
using Xunit;

namespace CxrOnnx.Core.Tests.Confidence;

[Trait("Category", "quick")]
public sealed class SupportFeaturesTests
{
    private static readonly GridSize Grid = new(12, 16);
    private static readonly Location LeftLower = Location.Of(Side.Left, Zone.Lower);
    private static readonly Location RightLower = Location.Of(Side.Right, Zone.Lower);

    /// <summary>
    /// The features of "left lower" for a phrase that acts at a place, with the error under the empty prompt lying at another.
    /// </summary>
    private static Dictionary<string, double> Measure(Location acts, Location error, double strength = 1)
    {
        float[] added = [.. LocationAtlas.Default.Map([acts], Grid.Rows, Grid.Columns).Select(value => (float)(strength * value))];
        float[] residual = LocationAtlas.Default.Map([error], Grid.Rows, Grid.Columns);
        PredictionGain gain = PredictionGain.Zero(Grid);

        // Two channels: what the mean over them is.
        gain.Add([.. residual, .. residual], new float[2 * Grid.CellCount], [.. added, .. added], 0.5);
        double[] values = SupportFeatures.Of(gain, [LeftLower], LocationAtlas.Default);
        return SupportFeatures.Names.Zip(values).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    [Fact]
    public void Of_PhraseThatMendsTheError_BeatsOneThatActsElsewhere()
    {
        Dictionary<string, double> right = Measure(LeftLower, LeftLower);
        Dictionary<string, double> wrong = Measure(LeftLower, RightLower);

        // Nothing is left of the error: the gain is the whole of it, the same as the change.
        Assert.All(
            ["place_gain", "image_gain"],
            name => Assert.True(right[name] > 0 && wrong[name] < 0, $"{name}: {right[name]}, {wrong[name]}")
        );
        Assert.All(
            ["place_score", "image_score"],
            name => Assert.True(right[name] > 2 * Math.Abs(wrong[name]), $"{name}: {right[name]}, {wrong[name]}")
        );
    }

    [Fact]
    public void Of_StrongerWords_ChangeTheGainButNotTheScore()
    {
        Dictionary<string, double> weak = Measure(LeftLower, LeftLower, 0.25);
        Dictionary<string, double> strong = Measure(LeftLower, LeftLower, 0.5);

        // r = g, d = s g: 2 s - s^2 times the mean of g^2.
        Assert.Equal(weak["image_gain"] / 0.4375 * 0.75, strong["image_gain"], 1e-6);
        Assert.Equal(weak["place_score"], strong["place_score"], 1e-6);
        Assert.Equal(weak["image_score"], strong["image_score"], 1e-6);
    }

    [Fact]
    public void Of_PhraseThatChangesNothing_IsZero() =>
        Assert.All(SupportFeatures.Of(PredictionGain.Zero(Grid), [LeftLower], LocationAtlas.Default), value => Assert.Equal(0, value));

    [Fact]
    public void WithReferences_AValue_IsCountedInDeviationsAboveTheOthers()
    {
        // Means 2, 10, 0, -1; deviations 1, 0, 2, 0.5.
        double[][] references =
        [
            [1, 10, -2, -1.5],
            [3, 10, 2, -0.5],
        ];

        double[] values = SupportFeatures.WithReferences([4, 12, -1, -1], references);

        Assert.Equal(SupportFeatures.Names.Count, values.Length);
        Assert.Equal([4, 12, -1, -1, 2, 0, -0.5, 0], values);
        Assert.Equal(["place_score_relative"], SupportFeatures.Names.Where(SupportFeatures.IsRelative).Take(1));
    }

    [Fact]
    public void IndexOf_UnknownName_Throws()
    {
        Assert.Equal(3, SupportFeatures.IndexOf(SupportFeatures.Names[3]));
        Assert.Throws<ArgumentException>(() => SupportFeatures.IndexOf("luck"));
    }
}
