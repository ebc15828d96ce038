using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Evidence;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Confidence;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Imaging;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding.Evidence;

/// <summary>The shipped bundle's preset <c>evidence</c> on a shipped sample, which is not square.</summary>
[Trait("Category", "slow")]
public class EvidencePresetTests
{
    private static readonly string Models = Path.Combine(Fixtures.Repository, "models");

    private static readonly Lazy<GroundingModel> Model = new(() =>
        GroundingModel.Load(Bundle.Open(Path.Combine(Models, "cxr-phantom")), new GroundingModelOptions { Threads = 2 })
    );

    private static readonly Lazy<GrayImage> Image = new(() =>
        RadiographReader.Read(Path.Combine(Models, "samples", "left-lower-pneumonia.png")).Image
    );

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Ground_Evidence_IsTheAttentionOfItsPresetJoinedWithTheGain()
    {
        EvidenceRecipe recipe = Model.Value.Manifest.Presets[EvidencePreset.Name].Evidence!;
        const string phrase = "left lower pneumonia";
        PhraseGrounding attention = Ground("fast", phrase)[0];

        // The gain once more, through the parts that calibration uses.
        SupportProbe probe = new(Model.Value, new NoiseProbe(recipe.Timesteps, recipe.Seed), 3);
        GroundingPipeline fast = new(Model.Value, new GroundingOptions { Preset = "fast" });
        using ImageTrajectory trajectory = fast.Invert(Image.Value, null, Cancellation);
        float[] states = Model.Value.EncodeText([.. PhraseEncoder.Open(Model.Value.Bundle).Encode(phrase).Ids], 1, Cancellation);
        ProbedImage probed = probe.Prepare(trajectory.CleanLatents.Span, trajectory.LatentChannels, trajectory.LatentGrid, Cancellation);
        PredictionGain gain = probe.Measure(probed, [states], null, Cancellation)[0];
        ModelHeatmap expected = EvidenceMaps.Of(attention.ModelHeatmap, gain, recipe.Smoothing).Join(recipe, attention.ModelHeatmap.Grid);

        PhraseGrounding evidence = Ground("evidence", phrase)[0];

        // Batches of other sizes sum in another order.
        Assert.All(expected.Values.Zip(evidence.ModelHeatmap.Values), pair => Assert.Equal(pair.First, pair.Second, 2e-3f));
        Assert.NotEqual(attention.ModelHeatmap.Values, evidence.ModelHeatmap.Values);
        Assert.Equal(EvidenceMaps.Score(attention.ModelHeatmap, gain), evidence.Evidence!.Score, 3);
        Assert.Equal(attention.Confidence!.Value.Probability, evidence.Confidence!.Value.Probability, 3);
        Assert.Null(attention.Evidence);
    }

    [Fact]
    public void Ground_PhraseOfOneSide_AsksTheOtherSideTooAndCountsIt()
    {
        IReadOnlyList<PhraseGrounding> both = Ground("evidence", "left lower pneumonia", "right lower pneumonia");

        Assert.Equal("right lower pneumonia", both[0].Evidence!.OtherSide);
        Assert.Equal(both[1].Evidence!.Score, both[0].Evidence!.OtherSideScore!.Value, 4);
        Assert.False(both[0].Evidence!.FavoursOtherSide);
        Assert.True(both[1].Evidence!.FavoursOtherSide);
        Assert.Contains(both[1].Warnings, warning => warning.Contains("check the side", StringComparison.Ordinal));
        Assert.DoesNotContain(both[0].Warnings, warning => warning.Contains("check the side", StringComparison.Ordinal));

        // Four attention evaluations and two pairs of noise, for the phrase and its other side; once per image the empty prompt and the
        // confidence's eight reference phrases.
        Assert.Equal((8, 8, 36), (Attention(both[0]), both[0].Provenance.SupportEvaluations, both[0].Provenance.SupportImageEvaluations));
        int Attention(PhraseGrounding phrase) => phrase.Provenance.AttentionEvaluations;
    }

    [Fact]
    public void Ground_PhraseWithoutPlace_GroundsTheBestPlaceAndSaysSo()
    {
        PhraseGrounding found = Ground("evidence", "pneumonia")[0];

        Assert.Equal("left lower pneumonia", Ground("evidence", found.Phrase.Text)[0].Phrase.Text);
        Assert.True(found.Evidence!.PlacesAsked > 10);
        Assert.Contains(found.Warnings, warning => warning.StartsWith("'pneumonia' names no place", StringComparison.Ordinal));
        Assert.NotNull(found.Confidence);
    }

    [Fact]
    public void Ground_PhraseWithoutPlaceOrPathology_IsGroundedAsItStands()
    {
        PhraseGrounding found = Ground("evidence", "left")[0];

        Assert.Equal("left", found.Phrase.Text);
        Assert.Equal((0, null), (found.Evidence!.PlacesAsked, found.Evidence.OtherSide));
    }

    private static IReadOnlyList<PhraseGrounding> Ground(string preset, params string[] phrases)
    {
        GroundingPipeline pipeline = new(Model.Value, new GroundingOptions { Preset = preset });
        using ImageTrajectory trajectory = pipeline.Invert(Image.Value, null, Cancellation);
        return pipeline.Ground(trajectory, phrases, null, Cancellation);
    }
}
