using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Confidence;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding.Confidence;

[Trait("Category", "slow")]
public sealed class ReferencePhrasesTests : IDisposable
{
    private const string Phrase = "left lower pneumonia";

    private static readonly string[] References =
    [
        "right lower pneumonia",
        Phrase,
        "left pleural effusion",
        "right pleural effusion",
        "bilateral pleural effusion",
    ];

    private static readonly ConfidenceFeature Relative = new("image_score_relative", Mean: 0.5, Scale: 2, Weight: 3);

    private readonly string _folder = Directory.CreateTempSubdirectory("cxronnx-references-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Ground_CalibrationWithReferences_ComparesWithTheOthersOnTheImage()
    {
        using Bundle bundle = Calibrated(References);
        using GroundingModel model = GroundingModel.Load(bundle);
        GroundingPipeline pipeline = new(model, new GroundingOptions());
        using ImageTrajectory trajectory = pipeline.Invert(Image(), null, TestContext.Current.CancellationToken);

        // By hand, from each phrase's own features: this phrase is one of the references and is not compared with itself.
        SupportProbe probe = new(model, model.Calibration!.Probe, 4);
        ProbedImage probed = probe.Prepare(
            trajectory.CleanLatents.Span,
            trajectory.LatentChannels,
            trajectory.LatentGrid,
            TestContext.Current.CancellationToken
        );
        double[] scores = [.. References.Select(text => ImageScore(model, probe, probed, text))];
        double[] others = [.. scores.Where((_, i) => i != 1)];
        double mean = others.Average();
        double deviation = Math.Sqrt(others.Average(score => (score - mean) * (score - mean)));
        double odds = Relative.Weight * ((((scores[1] - mean) / deviation) - Relative.Mean) / Relative.Scale);

        PhraseGrounding result = pipeline.Ground(trajectory, [Phrase], null, TestContext.Current.CancellationToken)[0];

        Assert.Equal(1 / (1 + Math.Exp(-odds)), result.Confidence!.Value.Probability, 1e-4);
        Assert.NotEqual(0.5, result.Confidence.Value.Probability, 1e-3);

        // One timestep, two noises: this phrase, and once the image and its references.
        Assert.Equal(2, result.Provenance.SupportEvaluations);
        Assert.Equal(2 + (2 * References.Length), result.Provenance.SupportImageEvaluations);
    }

    [Fact]
    public void Ground_OtherPhrasesBesideIt_DoNotChangeAConfidence()
    {
        using Bundle bundle = Calibrated(References);
        using GroundingModel model = GroundingModel.Load(bundle);
        GroundingPipeline pipeline = new(model, new GroundingOptions());
        using ImageTrajectory trajectory = pipeline.Invert(Image(), null, TestContext.Current.CancellationToken);

        double alone = pipeline.Ground(trajectory, [Phrase], null, TestContext.Current.CancellationToken)[0].Confidence!.Value.Probability;
        double among = pipeline
            .Ground(trajectory, ["right pleural effusion", Phrase], null, TestContext.Current.CancellationToken)[1]
            .Confidence!.Value.Probability;

        Assert.Equal(alone, among, 1e-5);
    }

    [Fact]
    public void Constructor_TextThatIsNoStandardPrompt_IsRefused()
    {
        using Bundle bundle = Calibrated(References);
        using GroundingModel model = GroundingModel.Load(bundle);

        ArtifactException problem = Assert.Throws<ArtifactException>(() =>
            new ReferencePhrases(model, new SupportProbe(model, model.Calibration!.Probe, 4), ["nothing to see"])
        );

        Assert.Contains("'nothing to see'", problem.Message, StringComparison.Ordinal);
    }

    private Bundle Calibrated(string[] references)
    {
        string folder = TinyBundle.Copy(Path.Combine(_folder, "tiny"));
        return Bundle.Open(
            CalibratedBundle.Calibrate(
                folder,
                RegionSupport.Supported,
                calibration => calibration with { References = references, Model = calibration.Model with { Features = [Relative] } }
            )
        );
    }

    private static double ImageScore(GroundingModel model, SupportProbe probe, ProbedImage image, string text)
    {
        Assert.True(StandardPrompt.TryParse(text, out StandardPrompt? prompt));
        EncodedPhrase encoded = PhraseEncoder.Open(model.Bundle).Encode(text);
        PredictionGain gain = probe.Measure(image, [model.EncodeText([.. encoded.Ids], 1)], null, TestContext.Current.CancellationToken)[0];
        return SupportFeatures.Of(gain, prompt.Locations, model.Atlas)[SupportFeatures.IndexOf("image_score")];
    }

    private static GrayImage Image()
    {
        return new GrayImage(40, 56, [.. Enumerable.Range(0, 40 * 56).Select(i => (i * 7919 % 101) / 100f)]);
    }
}
