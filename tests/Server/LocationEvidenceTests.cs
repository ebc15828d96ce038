using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Core.Prompts;
using Xunit;

namespace CxrOnnx.Server.Tests;

public sealed class LocationEvidenceTests
{
    private static readonly GridSize Grid = new(48, 64);
    private static readonly Location LeftLower = Location.Of(Side.Left, Zone.Lower);

    private static ModelHeatmap Map(params Location[] locations) => new(Grid, LocationAtlas.Default.Map(locations, Grid.Rows, Grid.Columns));

    [Fact]
    public void Of_MapAtTheNamedPlace_SpeaksForIt()
    {
        LocationEvidence evidence = LocationEvidence.Of(Map(LeftLower), [LeftLower], LocationAtlas.Default);

        Assert.InRange(evidence.Contrast, 0.8, 1);
        Assert.Equal(1, evidence.PriorCorrelation!.Value, 1e-6);
        Assert.True(evidence.MirroredStrength < 0.1);
    }

    [Fact]
    public void Of_MapOnTheOtherSide_SpeaksAgainstIt()
    {
        LocationEvidence evidence = LocationEvidence.Of(Map(Location.Of(Side.Right, Zone.Lower)), [LeftLower], LocationAtlas.Default);

        Assert.InRange(evidence.Contrast, -1, -0.5);
        Assert.True(evidence.MirroredStrength > 0.4);
    }

    [Fact]
    public void Of_ConstantMap_SaysNothing()
    {
        float[] values = new float[Grid.CellCount];
        Array.Fill(values, 0.5f);
        LocationEvidence even = LocationEvidence.Of(new ModelHeatmap(Grid, values), [LeftLower], LocationAtlas.Default);
        LocationEvidence empty = LocationEvidence.Of(new ModelHeatmap(Grid, new float[Grid.CellCount]), [LeftLower], LocationAtlas.Default);

        Assert.Equal(0, even.Contrast, 1e-6);
        Assert.Null(even.PriorCorrelation);
        Assert.Equal(0, empty.Contrast);
    }

    [Fact]
    public void Of_PlaceOnBothSides_HasNoMirrorImage()
    {
        Location both = Location.Of(Side.Bilateral, Zone.Lower);

        Assert.Null(LocationEvidence.Of(Map(both), [both], LocationAtlas.Default).MirroredStrength);
    }
}
