using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Grounding;
using CxrOnnx.Imaging;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding;

/// <summary>What the shipped model makes of an image whose sides were swapped; depends on no value of its weights.</summary>
public sealed class MirroredImageTests
{
    /// <summary>Below this share of flipped sides a model reads the words rather than the image, and the samples need not do better.</summary>
    private const double LeastFlipped = 0.7;

    [Fact]
    public void Ground_MirroredSamples_PreferTheOtherSide()
    {
        using Bundle bundle = Bundle.Open(Path.Combine(Fixtures.Repository, "models", "cxr-phantom"));
        using GroundingModel model = GroundingModel.Load(bundle, new GroundingModelOptions { Provider = ExecutionProvider.Cpu });
        MirrorFigures? measured = model.Calibration?.Presets.GetValueOrDefault("fast")?.Figures.Select(figures => figures.Mirrored).OfType<MirrorFigures>().FirstOrDefault();
        Assert.SkipWhen(measured is null, "models/cxr-phantom has no calibration that measured mirrored images with preset fast");
        Assert.SkipWhen(
            measured!.Flipped < LeastFlipped,
            FormattableString.Invariant($"the shipped model does not swap sides: its calibration measured {measured.Flipped:0.00} flips of {measured.Phrases}, wanted {LeastFlipped}"));

        Grounder grounder = new(model, new GroundingOptions { Preset = "fast" });
        List<(string Phrase, double Upright, double Mirrored)> shares = [];
        foreach ((string sample, string phrase) in (ReadOnlySpan<(string, string)>)
            [
                ("left-lower-pneumonia", "left lower pneumonia"),
                ("consolidation-and-pneumonia", "left lower pneumonia"),
                ("consolidation-and-pneumonia", "right consolidation"),
                ("atelectasis-effusion-opacity", "left base pleural effusion"),
                ("atelectasis-effusion-opacity", "right lower atelectasis"),
                ("effusion-and-pneumothorax", "right apical pneumothorax"),
            ])
        {
            GrayImage image = RadiographReader.Read(Path.Combine(Fixtures.Repository, "models", "samples", $"{sample}.png")).Image;
            shares.Add((phrase, OwnSide(grounder, image, phrase), OwnSide(grounder, image.Mirrored(), phrase)));
        }

        Assert.True(shares.Average(item => item.Upright) > 0.5 && shares.Average(item => item.Mirrored) < 0.5, Text(shares));
    }

    /// <summary>Strength at the named place over the strength there and at its mirror image: 1 only there, 0 only on the other side.</summary>
    private static double OwnSide(Grounder grounder, GrayImage image, string phrase)
    {
        using ImageTrajectory trajectory = grounder.Invert(image, null, TestContext.Current.CancellationToken);
        LocationEvidence evidence = grounder.Ground(trajectory, [phrase], null, TestContext.Current.CancellationToken)[0].Evidence!;
        return evidence.Strength / (evidence.Strength + evidence.MirroredStrength!.Value);
    }

    private static string Text(List<(string Phrase, double Upright, double Mirrored)> shares) =>
        string.Join("; ", shares.Select(item => FormattableString.Invariant($"{item.Phrase} {item.Upright:0.000} -> {item.Mirrored:0.000}")));
}
