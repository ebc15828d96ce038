using CxrOnnx.Core.Configuration;
using CxrOnnx.Phantom;
using Xunit;

namespace CxrOnnx.Trainer.Tests.Phantom;

[Trait("Category", "slow")]
public sealed class PhantomStatisticsTests
{
    [Fact]
    public void Plan_ManySamples_FollowsTheConfiguredPrevalences()
    {
        const int Count = 4000;
        PhantomSettings settings = PhantomSettings.HospitalA with { Width = 32, Height = 32, FindingCounts = [0.2, 0.8] };
        var generator = new PhantomGenerator(settings);
        PhantomFinding[] findings = [.. Enumerable.Range(0, Count).SelectMany(i => generator.Plan(i))];
        // Three standard deviations of a binomial share at n = 3,200 are below 0.027.
        Assert.InRange(findings.Length / (double)Count, 0.8 - 0.027, 0.8 + 0.027);
        double total = settings.Prevalences.Values.Sum(entry => entry.Weight);
        foreach ((string pathology, PathologyPrevalence entry) in settings.Prevalences)
        {
            double share = findings.Count(finding => finding.Pathology == pathology) / (double)findings.Length;
            Assert.InRange(share, (entry.Weight / total) - 0.027, (entry.Weight / total) + 0.027);
        }

        PhantomFinding[] pneumothoraces = [.. findings.Where(finding => finding.Pathology == "pneumothorax")];
        PathologyPrevalence wanted = settings.Prevalences["pneumothorax"];
        double apical = (wanted.Locations["left apical"] + wanted.Locations["right apical"]) / wanted.Locations.Values.Sum();
        // n is about 370 here: three standard deviations are 0.08.
        Assert.InRange(
            pneumothoraces.Count(finding => finding.Locations[0] is "left apical" or "right apical") / (double)pneumothoraces.Length,
            apical - 0.08,
            apical + 0.08
        );
    }

    [Fact]
    public void Plan_DefaultSettings_ReachesAll27Locations()
    {
        var generator = new PhantomGenerator(PhantomSettings.HospitalA with { Width = 32, Height = 32 });
        HashSet<string> seen = [.. Enumerable.Range(0, 2500).SelectMany(i => generator.Plan(i)).SelectMany(finding => finding.Locations)];
        Assert.Equal(27, seen.Count);
    }

    [Fact]
    public void Generate_SecondHospital_IsNoisierAndSicker()
    {
        static (double Noise, double Findings) Measure(PhantomSettings preset)
        {
            PhantomSettings settings = preset with { Width = 48, Height = 40 };
            var noisy = new PhantomGenerator(settings);
            var clean = new PhantomGenerator(settings with { Noise = 0 });
            IEnumerable<int> indices = Enumerable.Range(0, 30);
            return (
                indices.Average(i =>
                    noisy.Generate(i).Image.Pixels.Zip(clean.Generate(i).Image.Pixels, (a, b) => Math.Abs(a - b)).Average()
                ),
                Enumerable.Range(0, 300).Average(i => noisy.Plan(i).Count)
            );
        }

        (double noiseA, double findingsA) = Measure(PhantomSettings.HospitalA);
        (double noiseB, double findingsB) = Measure(PhantomSettings.HospitalB);
        Assert.True(noiseB > 1.4 * noiseA, $"{noiseB} against {noiseA}");
        Assert.True(findingsB > findingsA, $"{findingsB} against {findingsA}");
    }

    [Fact]
    public void Generate_Positions_VaryInsideTheirZone()
    {
        PhantomSettings settings = PhantomSettings.HospitalA with
        {
            Width = 40,
            Height = 48,
            FindingCounts = [0, 1],
            Prevalences = new Dictionary<string, PathologyPrevalence>
            {
                ["consolidation"] = new(1, new Dictionary<string, double> { ["right lower"] = 1 }),
            },
        };
        var generator = new PhantomGenerator(settings);
        double[] relative =
        [
            .. Enumerable
                .Range(0, 60)
                .Select(i =>
                {
                    PhantomSample sample = generator.Generate(i);
                    return (sample.Findings[0].Boxes[0].CenterX - sample.Zones["right lung"].X) / sample.Zones["right lung"].Width;
                }),
        ];
        double mean = relative.Average();
        double deviation = Math.Sqrt(relative.Average(value => (value - mean) * (value - mean)));
        // A uniform draw over half of the lung's breadth has a deviation of 0.14.
        Assert.True(deviation > 0.08, $"deviation {deviation:F3} of the lung's breadth");
    }

    [Fact]
    public void Finding_EffusionWithoutZone_IsPublishedAsPleural()
    {
        PhantomSettings settings = PhantomSettings.HospitalA with
        {
            FindingCounts = [0, 1],
            Prevalences = new Dictionary<string, PathologyPrevalence>
            {
                ["pleural effusion"] = new(1, new Dictionary<string, double> { ["left"] = 1 }),
            },
        };
        PhantomFinding finding = new PhantomGenerator(settings).Plan(3)[0];
        Assert.Equal("left pleural", Assert.Single(finding.Locations));
        Assert.Equal("left pleural effusion", finding.Prompt);
        Assert.Equal(finding.Prompt, finding.StandardPrompt.Text);
    }

    [Fact]
    public void Settings_Presets_AreFoundByNameAndUnknownOnesRefused()
    {
        Assert.Equal("hospital-b", PhantomSettings.Preset("b").Name);
        Assert.Equal("hospital-a", PhantomSettings.Preset("hospital-a").Name);
        Assert.Contains(
            "hospital-b",
            Assert.Throws<ConfigurationException>(() => PhantomSettings.Preset("c")).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(31, 64, "31x64")]
    [InlineData(64, 129, "64x129")]
    public void Constructor_UnusableSize_Throws(int width, int height, string mentioned)
    {
        PhantomSettings settings = new() { Width = width, Height = height };
        Assert.Contains(
            mentioned,
            Assert.Throws<ConfigurationException>(() => new PhantomGenerator(settings)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Constructor_ManyProblems_NamesThemAll()
    {
        PhantomSettings settings = new()
        {
            FindingCounts = [0, 0],
            Prevalences = new Dictionary<string, PathologyPrevalence>
            {
                ["fracture"] = new(1, new Dictionary<string, double> { ["left"] = 1 }),
                ["edema"] = new(1, new Dictionary<string, double> { ["left foot"] = 1 }),
                ["pneumonia"] = new(-1, new Dictionary<string, double> { ["left"] = 1 }),
            },
        };
        ConfigurationException exception = Assert.Throws<ConfigurationException>(() => new PhantomGenerator(settings));
        Assert.All(
            ["finding_counts", "fracture", "left foot", "pneumonia"],
            part => Assert.Contains(part, exception.Message, StringComparison.Ordinal)
        );
    }
}
