using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Core.Prompts;
using Xunit;

namespace CxrOnnx.Core.Tests.Confidence;

public sealed class SupportFeaturesTests
{
    private static readonly GridSize Model = new(48, 64);
    private static readonly GridSize Attention = new(12, 16);
    private static readonly Location LeftLower = Location.Of(Side.Left, Zone.Lower);
    private static readonly Location RightLower = Location.Of(Side.Right, Zone.Lower);

    /// <summary>The features of "left lower", by name, for a map and attention that lie at a place.</summary>
    private static Dictionary<string, double> Measure(Location drawn, float strength, Location? named = null)
    {
        Location[] names = [named ?? LeftLower];
        LocationEvidence evidence = LocationEvidence.Of(
            new ModelHeatmap(Model, LocationAtlas.Default.Map([drawn], Model.Rows, Model.Columns)), names, LocationAtlas.Default);
        RawAttention raw = new(Attention, [.. LocationAtlas.Default.Map([drawn], Attention.Rows, Attention.Columns).Select(value => strength * (0.1f + value))]);
        double[] values = SupportFeatures.Of(evidence, raw, names, LocationAtlas.Default);
        return SupportFeatures.Names.Zip(values).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    [Fact]
    public void Of_AttentionAtThePlace_BeatsAttentionOnTheOtherSide()
    {
        Dictionary<string, double> here = Measure(LeftLower, 0.01f);
        Dictionary<string, double> there = Measure(RightLower, 0.01f);

        foreach (string name in (string[])["strength", "mirror", "other", "contrast", "prior_correlation", "raw_place", "raw_mirror", "raw_correlation"])
        {
            Assert.True(here[name] > there[name] + 0.1, $"{name}: {here[name]} at the place, {there[name]} on the other side");
        }

        Assert.True(here["raw_mirror"] > 0 && there["raw_mirror"] < 0);
        Assert.True(here["mirror"] > 0 && there["mirror"] < 0);
    }

    [Fact]
    public void Of_StrongerAttention_ChangesItsLevelAlone()
    {
        Dictionary<string, double> weak = Measure(LeftLower, 0.01f);
        Dictionary<string, double> strong = Measure(LeftLower, 0.02f);

        Assert.Equal(weak["raw_level"] + Math.Log(2), strong["raw_level"], 1e-2);
        foreach (string name in SupportFeatures.Names.Where(name => name != "raw_level")) Assert.Equal(weak[name], strong[name], 1e-2);
    }

    [Fact]
    public void Of_PlaceOnBothSides_ComparesWithOtherPlacesInsteadOfTheMirror()
    {
        Dictionary<string, double> lungs = Measure(Location.Pulmonary, 0.01f, Location.Pulmonary);

        Assert.Equal(lungs["other"], lungs["mirror"]);
        Assert.Equal(lungs["raw_place"], lungs["raw_mirror"]);
    }

    [Fact]
    public void Of_EmptyMaps_AreFinite()
    {
        LocationEvidence evidence = LocationEvidence.Of(new ModelHeatmap(Model, new float[Model.CellCount]), [LeftLower], LocationAtlas.Default);

        Assert.All(
            SupportFeatures.Of(evidence, new RawAttention(Attention, new float[Attention.CellCount]), [LeftLower], LocationAtlas.Default),
            value => Assert.True(double.IsFinite(value)));
    }

    [Fact]
    public void IndexOf_UnknownName_Throws()
    {
        Assert.Equal(3, SupportFeatures.IndexOf(SupportFeatures.Names[3]));
        Assert.Throws<ArgumentException>(() => SupportFeatures.IndexOf("luck"));
    }
}
