using System.Text.Json;
using CsCheck;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Core.Tests.Atlas;

[Trait("Category", "quick")]
public sealed class LocationAtlasTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Render_ReferenceCases_GiveTheReferenceMaps(int number)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path($"losses/case{number}.json")));
        using SafetensorsFile file = SafetensorsFile.Open(Fixtures.Path($"losses/case{number}.safetensors"));
        List<LocationGaussian> gaussians = [];
        foreach (JsonElement box in document.RootElement.GetProperty("boxes_x0y0x1y1_in_512").EnumerateArray())
        {
            double[] edges = [.. box.EnumerateArray().Select(edge => edge.GetDouble())];
            gaussians.Add(LocationGaussian.OfBox(new ModelBox(edges[0], edges[1], edges[2] - edges[0], edges[3] - edges[1])));
        }

        int compared = 0;
        foreach (
            (string scaleName, GaussianScale scale) in (ReadOnlySpan<(string, GaussianScale)>)
                [("peak", GaussianScale.Peak), ("density_grid", GaussianScale.DensityGrid), ("density_pixel", GaussianScale.DensityPixel)]
        )
        {
            foreach (
                (string combinationName, GaussianCombination combination) in (ReadOnlySpan<(string, GaussianCombination)>)
                    [("max", GaussianCombination.Max), ("sum", GaussianCombination.Sum), ("mean", GaussianCombination.Mean)]
            )
            {
                string name = $"G_{scaleName}_{combinationName}";
                if (file.Tensors.TryGetValue(name, out TensorInfo? info))
                {
                    float[] expected = file.ReadFloat32(name);
                    float[] actual = GaussianMap.Render(
                        gaussians,
                        new GridSize((int)info.Shape[0], (int)info.Shape[1]),
                        scale,
                        combination
                    );

                    // The reference works in single precision: a few units in the last place of its largest value.
                    float tolerance = 1e-6f * expected.Max();
                    Assert.All(expected.Zip(actual), pair => Assert.InRange(pair.Second - pair.First, -tolerance, tolerance));
                    compared++;
                }
            }
        }

        Assert.True(compared >= 3, $"only {compared} maps compared");
    }

    [Fact]
    public void Map_NonSquareGrid_IsRowsByColumnsAndPeaksAtTheCentre()
    {
        float[] map = LocationAtlas.Default.Map([Location.Of(Side.Left, Zone.Apical)], height: 40, width: 64);

        Assert.Equal(40 * 64, map.Length);
        (int row, int column) = Math.DivRem(Array.IndexOf(map, map.Max()), 64);
        LocationGaussian apex = LocationAtlas.Default[AnatomicalRegion.LeftApicalZone];
        Assert.Equal((int)(apex.MuX / 512 * 64), column);
        Assert.Equal((int)(apex.MuY / 512 * 40), row);

        // The patient's left is on the right of the picture.
        Assert.True(column > 32 && row < 20);
    }

    [Fact]
    public void Default_Anatomy_IsPlausible()
    {
        LocationAtlas atlas = LocationAtlas.Default;
        foreach (string zone in (string[])["Lung", "ApicalZone", "UpperLungZone", "MidLungZone", "LowerLungZone", "CostophrenicAngle"])
        {
            LocationGaussian left = atlas[Enum.Parse<AnatomicalRegion>($"Left{zone}")];
            LocationGaussian right = atlas[Enum.Parse<AnatomicalRegion>($"Right{zone}")];
            Assert.True(right.MuX < 256 && left.MuX > 256, zone);
        }

        double[] down =
        [
            .. new[] { Zone.Apical, Zone.Upper, Zone.Middle, Zone.Lower, Zone.Costophrenic }.Select(zone =>
                atlas.Gaussians(Location.Of(Side.Right, zone))[0].MuY
            ),
        ];
        Assert.Equal(down.Order(), down);
        Assert.True(atlas[AnatomicalRegion.CardiacSilhouette].MuX > 256, "the heart lies to the patient's left");
        Assert.All(
            Location.All,
            location =>
                Assert.Equal(location.Side == Side.Bilateral || location == Location.Pulmonary ? 2 : 1, atlas.Gaussians(location).Count)
        );
        Assert.Equal(atlas.Gaussians(Location.Of(Side.Left, Zone.Base)), atlas.Gaussians(Location.Of(Side.Left, Zone.Lower)));
        Assert.Equal(atlas.Gaussians(Location.Lingular), atlas.Gaussians(Location.Of(Side.Left, Zone.Middle)));
    }

    [Fact]
    public void OfBoxes_SeveralBoxes_AreAveraged()
    {
        IEnumerable<(AnatomicalRegion, ModelBox)> boxes = AnatomicalRegionNames.All.SelectMany(region =>
            new[] { (region, new ModelBox(10, 20, 60, 120)), (region, new ModelBox(30, 40, 120, 60)), (region, new ModelBox(0, 0, 0, 5)) }
        );

        LocationAtlas atlas = LocationAtlas.OfBoxes("two boxes", boxes);

        Assert.Equal(new LocationGaussian((40 + 90) / 2.0, (80 + 70) / 2.0, 15, 15), atlas[AnatomicalRegion.CardiacSilhouette]);
        string message = Assert
            .Throws<InputException>(() => LocationAtlas.OfBoxes("none", boxes.Where(box => box.Item1 > AnatomicalRegion.LeftApicalZone)))
            .Message;
        Assert.StartsWith("none: no boxes of left lung, left apical zone;", message);
    }

    [Fact]
    public void Nearest_OwnGaussian_IsTheLocationOrItsTwin()
    {
        foreach (Location location in Location.All.Where(location => AnatomicalRegionNames.RegionsOf(location).Count == 1))
        {
            Location nearest = LocationAtlas.Default.Nearest(LocationAtlas.Default.Gaussians(location)[0]);
            Assert.Equal(AnatomicalRegionNames.RegionsOf(location), AnatomicalRegionNames.RegionsOf(nearest));
        }

        LocationGaussian heart = LocationAtlas.Default[AnatomicalRegion.CardiacSilhouette];
        Assert.Equal(Location.Cardiomegaly, LocationAtlas.Default.Nearest(heart));
        Assert.NotEqual(Location.Cardiomegaly, LocationAtlas.Default.Nearest(heart, includeHeart: false));
    }

    [Fact]
    public void ToYaml_AnyAtlas_ComesBackEqual() =>
        Gen.Double[-100, 600]
            .Array[26]
            .Select(Gen.Double[0.2, 400].Array[26])
            .Sample(
                numbers =>
                {
                    (double[] mu, double[] sigma) = numbers;
                    LocationAtlas atlas = new(
                        "it's a \"test\": yes",
                        AnatomicalRegionNames.All.ToDictionary(
                            region => region,
                            region => new LocationGaussian(
                                mu[(int)region],
                                mu[13 + (int)region],
                                sigma[(int)region],
                                sigma[13 + (int)region]
                            )
                        )
                    );
                    LocationAtlas parsed = LocationAtlas.Parse(atlas.ToYaml(), "test");
                    Assert.Equal(atlas.Source, parsed.Source);
                    Assert.All(AnatomicalRegionNames.All, region => Assert.Equal(atlas[region], parsed[region]));
                },
                iter: 50,
                threads: 1
            );

    [Fact]
    public void Parse_SeveralMistakes_AreToldAtOnce()
    {
        string yaml = LocationAtlas
            .Default.ToYaml()
            .Replace("grid: 512", "grid: 256", StringComparison.Ordinal)
            .Replace("left_apical_zone: { mu_x: 342.5, ", "left_apical_zone: { mu_q: 342.5, ", StringComparison.Ordinal)
            .Replace("sigma_y: 28", "sigma_y: 0", StringComparison.Ordinal)
            .Replace("  right_lung:", "  right_lunge:", StringComparison.Ordinal);

        ConfigurationException exception = Assert.Throws<ConfigurationException>(() => LocationAtlas.Parse(yaml, "atlas.yaml"));

        string all = string.Join('\n', exception.Problems);
        foreach (
            string expected in (string[])
                [
                    "grid",
                    "regions.left_apical_zone.mu_x: is missing",
                    "regions.left_apical_zone.mu_q",
                    "cardiac_silhouette.sigma_y",
                    "regions.right_lung",
                    "right_lunge",
                ]
        )
        {
            Assert.Contains(expected, all);
        }
    }

    [Fact]
    public void Load_NoSuchFile_IsToldWithItsPath() =>
        Assert.Contains("no-such.yaml", Assert.Throws<ConfigurationException>(() => LocationAtlas.Load("no-such.yaml")).Message);

    [Fact]
    public void Gaussian_Units_AreConverted()
    {
        LocationGaussian gaussian = LocationGaussian.OfFractions(0.25, 0.5, 0.125, 0.0625);

        Assert.Equal(new LocationGaussian(128, 256, 64, 32), gaussian);
        Assert.Equal(new LocationGaussian(0.25, 0.5, 0.125, 0.0625), gaussian.ScaledTo(1));
        Assert.Equal(1, gaussian.PeakAt(128, 256));
        Assert.Equal(Math.Exp(-0.5), gaussian.PeakAt(192, 256), 12);
        Assert.Equal(Math.Exp(-0.5), gaussian.PeakAt(128, 288), 12);
        Assert.Equal(4 + 9 + 16 + 25, gaussian.SquaredWassersteinDistance(new LocationGaussian(130, 253, 68, 27)));
    }
}
