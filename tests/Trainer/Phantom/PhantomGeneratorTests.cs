using CxrOnnx.Core.Geometry;
using CxrOnnx.Phantom;
using Xunit;

namespace CxrOnnx.Trainer.Tests.Phantom;

[Trait("Category", "slow")]
public sealed class PhantomGeneratorTests
{
    private static readonly PhantomSettings Small = PhantomSettings.HospitalA with { Width = 96, Height = 112, Seed = 5 };

    public static TheoryData<string> Presets => new("hospital-a", "hospital-b");

    [Fact]
    public void Generate_SameSeedAndIndex_GivesEqualSamples()
    {
        PhantomSample first = new PhantomGenerator(Small).Generate(11);
        PhantomSample second = new PhantomGenerator(Small with { }).Generate(11);
        Assert.Equal(first.Image.Pixels, second.Image.Pixels);
        Assert.Equal(first.Report, second.Report);
        Assert.Equal(Describe(first), Describe(second));
    }

    [Fact]
    public void Plan_AnyIndex_IsWhatGenerateDraws()
    {
        var generator = new PhantomGenerator(Small with { Width = 32, Height = 40 });
        for (int i = 0; i < 30; i++)
        {
            IReadOnlyList<PhantomFinding> plan = generator.Plan(i);
            Assert.Equal(
                generator.Generate(i).Findings.Select(finding => (finding.Prompt, finding.Severity)),
                plan.Select(finding => (finding.Prompt, finding.Severity))
            );
            Assert.All(plan, finding => Assert.Empty(finding.Boxes));
        }
    }

    [Fact]
    public void Generate_OtherSeedOrIndex_GivesAnotherPatient()
    {
        float[] pixels = new PhantomGenerator(Small).Generate(11).Image.Pixels;
        Assert.NotEqual(pixels, new PhantomGenerator(Small).Generate(12).Image.Pixels);
        Assert.NotEqual(pixels, new PhantomGenerator(Small with { Seed = 6 }).Generate(11).Image.Pixels);
    }

    [Fact]
    public void Generate_ManyThreads_GivesTheSequentialSamples()
    {
        var generator = new PhantomGenerator(Small with { Width = 64, Height = 48 });
        var together = new PhantomSample[24];
        Parallel.For(0, together.Length, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i => together[i] = generator.Generate(i));
        for (int i = 0; i < together.Length; i++)
        {
            PhantomSample alone = generator.Generate(i);
            Assert.Equal(alone.Image.Pixels, together[i].Image.Pixels);
            Assert.Equal(Describe(alone), Describe(together[i]));
        }
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void Generate_AnyIndex_KeepsPixelsAndBoxesInRange(string preset)
    {
        PhantomSettings settings = PhantomSettings.Preset(preset) with { Width = 72, Height = 60 };
        var generator = new PhantomGenerator(settings);
        for (int i = -20; i < 60; i++)
        {
            PhantomSample sample = generator.Generate(i);
            Assert.InRange(sample.Image.Pixels.Min(), 0f, 1f);
            Assert.InRange(sample.Image.Pixels.Max(), 0f, 1f);
            Assert.Equal(AnatomyZones.Names.Order(), sample.Zones.Keys.Order());
            Assert.Equal(sample.Findings.Count, sample.Findings.Select(finding => finding.Pathology).Distinct().Count());
            foreach (PixelBox box in sample.Zones.Values.Concat(sample.Findings.SelectMany(finding => finding.Boxes)))
            {
                Assert.True(box.Area > 0, $"{preset} {i}: {box}");
                Assert.True(
                    box.X >= 0 && box.Y >= 0 && box.Right <= settings.Width && box.Bottom <= settings.Height,
                    $"{preset} {i}: {box}"
                );
            }
        }
    }

    [Fact]
    public void Generate_LeftFinding_LiesInTheLeftLungOnTheImagesRight()
    {
        var generator = new PhantomGenerator(Small with { Width = 72, Height = 60 });
        int seen = 0;
        for (int i = 0; i < 90; i++)
        {
            PhantomSample sample = generator.Generate(i);
            PixelBox left = sample.Zones["left lung"];
            PixelBox right = sample.Zones["right lung"];
            Assert.True(right.Right < left.X + 1, "the patient's right lung is drawn left of the left one");
            foreach (PhantomFinding finding in sample.Findings.Where(finding => finding.Locations.Count == 1))
            {
                if (finding.Locations[0] is "lingular" || finding.Locations[0].StartsWith("left", StringComparison.Ordinal))
                {
                    Assert.Single(finding.Boxes);
                    Assert.InRange(finding.Boxes[0].CenterX, left.X, left.Right);
                    seen++;
                }
                else if (finding.Locations[0].StartsWith("bi", StringComparison.Ordinal))
                {
                    Assert.Equal(2, finding.Boxes.Count);
                    Assert.InRange(finding.Boxes[0].CenterX, right.X, right.Right);
                    Assert.InRange(finding.Boxes[1].CenterX, left.X, left.Right);
                    seen++;
                }
            }
        }

        Assert.True(seen > 40, $"only {seen} findings were looked at");
    }

    [Theory]
    [InlineData("pneumonia", 1)]
    [InlineData("consolidation", 1)]
    [InlineData("lung opacity", 1)]
    [InlineData("pleural effusion", 1)]
    [InlineData("edema", 1)]
    [InlineData("pneumothorax", -1)]
    public void Generate_Finding_ChangesTheImageInsideItsBoxes(string pathology, int sign)
    {
        PhantomSettings with = Only(pathology) with { Width = 80, Height = 72, Noise = 0 };
        var diseased = new PhantomGenerator(with);
        var healthy = new PhantomGenerator(with with { FindingCounts = [1] });
        double inside = 0;
        double outside = 0;
        for (int i = 0; i < 12; i++)
        {
            // The same patient without the finding: every part draws from a stream of its own.
            PhantomSample sample = diseased.Generate(i);
            float[] before = healthy.Generate(i).Image.Pixels;
            double change = 0;
            int covered = 0;
            for (int p = 0; p < before.Length; p++)
            {
                double x = (p % with.Width) + 0.5;
                double y = (p / with.Width) + 0.5;
                double difference = sample.Image.Pixels[p] - before[p];
                if (sample.Findings[0].Boxes.Any(box => x > box.X && x < box.Right && y > box.Y && y < box.Bottom))
                {
                    inside += Math.Abs(difference);
                    change += difference;
                    covered++;
                }
                else
                {
                    outside += Math.Abs(difference);
                }
            }

            Assert.True(sign * change / covered > 0.008, $"{pathology} {i}: the image changes by {change / covered:F3} inside the boxes");
        }

        // Boxes are cut at 35 % of the mask, so soft borders (edema most of all) and Kerley lines lie outside them.
        Assert.True(
            inside > (pathology == "edema" ? 0.6 : 0.8) * (inside + outside),
            $"{pathology}: {inside / (inside + outside):P0} of the change lies in the boxes"
        );
    }

    [Fact]
    public void Generate_Cardiomegaly_WidensTheHeartToItsBox()
    {
        PhantomSettings with = Only("cardiomegaly") with { Width = 100, Height = 100 };
        var enlarged = new PhantomGenerator(with);
        var normal = new PhantomGenerator(with with { FindingCounts = [1] });
        for (int i = 0; i < 10; i++)
        {
            PhantomSample sample = enlarged.Generate(i);
            Assert.Equal(sample.Zones["cardiac silhouette"], sample.Findings[0].Boxes[0]);
            Assert.Equal("cardiomegaly", sample.Findings[0].Locations[0]);
            Assert.True(sample.Findings[0].Boxes[0].Width > 1.1 * normal.Generate(i).Zones["cardiac silhouette"].Width);
        }
    }

    [Theory]
    [InlineData(192, 192, 2)]
    [InlineData(288, 360, 3)]
    public void Generate_OtherResolution_DrawsTheSamePatient(int width, int height, int factor)
    {
        var coarse = new PhantomGenerator(Small with { Width = 96, Height = height / factor });
        var fine = new PhantomGenerator(Small with { Width = width, Height = height });
        for (int i = 0; i < 10; i++)
        {
            PhantomSample low = coarse.Generate(i);
            PhantomSample high = fine.Generate(i);
            Assert.Equal(low.Report, high.Report);
            Assert.Equal(low.Findings.Select(finding => finding.Prompt), high.Findings.Select(finding => finding.Prompt));
            foreach ((PixelBox small, PixelBox large) in Pairs(low, high))
            {
                // A mask's edge falls on whole pixels of either grid, and the softest edge is a coarse pixel wide.
                Near(small.X, large.X / factor, 2.5);
                Near(small.Y, large.Y / factor, 2.5);
                Near(small.Right, large.Right / factor, 2.5);
                Near(small.Bottom, large.Bottom / factor, 2.5);
            }

            foreach (string zone in AnatomyZones.Names.Where(name => name != "cardiac silhouette"))
            {
                // Zones are computed from curves, not from pixels: only rounding of single precision remains.
                Near(low.Zones[zone].CenterX, high.Zones[zone].CenterX / factor, 0.01);
                Near(low.Zones[zone].CenterY, high.Zones[zone].CenterY / factor, 0.01);
            }
        }
    }

    [Fact]
    public void Generate_TallerImage_ShowsMoreOfTheSamePatient()
    {
        var square = new PhantomGenerator(Small with { Width = 96, Height = 96 });
        var tall = new PhantomGenerator(Small with { Width = 96, Height = 120 });
        for (int i = 0; i < 10; i++)
        {
            PixelBox small = square.Generate(i).Zones["right mid lung zone"];
            PixelBox large = tall.Generate(i).Zones["right mid lung zone"];
            Near(small.X, large.X, 0.01);
            Near(small.Y + 12, large.Y, 0.01);
            Near(small.Width, large.Width, 0.01);
        }
    }

    private static PhantomSettings Only(string pathology) =>
        Small with
        {
            FindingCounts = [0, 1],
            Collimation = 0,
            Prevalences = new Dictionary<string, PathologyPrevalence> { [pathology] = PhantomSettings.DefaultPrevalences[pathology] },
        };

    private static IEnumerable<(PixelBox Small, PixelBox Large)> Pairs(PhantomSample low, PhantomSample high) =>
        low.Findings.Zip(high.Findings).SelectMany(pair => pair.First.Boxes.Zip(pair.Second.Boxes));

    private static void Near(double wanted, double got, double tolerance) =>
        Assert.True(Math.Abs(wanted - got) <= tolerance, $"wanted {wanted:F3}, got {got:F3} (tolerance {tolerance})");

    private static string Describe(PhantomSample sample) =>
        string.Join('|', sample.Findings.Select(finding => $"{finding.Prompt} {finding.Severity} {string.Join(';', finding.Boxes)}"))
        + string.Join('|', AnatomyZones.Names.Select(name => sample.Zones[name]));
}
