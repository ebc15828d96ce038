using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Radiographs;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding;

/// <summary>Phrases in, boxes in original pixels out, on a tiny random model with the real tokenizer.</summary>
[Trait("Category", "slow")]
public class GroundingPipelineTextTests
{
    private static readonly Lazy<GroundingModel> Model = new(() =>
        GroundingModel.Load(Bundle.Open(TinyModelBundle.Bundle), GroundingPipelineReferenceTests.Options)
    );

    [Fact]
    public void Ground_NonSquareImageAndTwoPhrases_GivesMapsOfTheImage()
    {
        GroundingPipeline grounder = new(Model.Value, new GroundingOptions { PerToken = true, BoxThreshold = 0.25 });
        using ImageTrajectory trajectory = grounder.Invert(Image(50, 41), cancellationToken: GroundingPipelineReferenceTests.Cancellation);

        IReadOnlyList<PhraseGrounding> results = grounder.Ground(
            trajectory,
            ["left lower pneumonia", "probable right pneumothorax"],
            cancellationToken: GroundingPipelineReferenceTests.Cancellation
        );

        Assert.Equal(["left lower pneumonia", "right pneumothorax"], results.Select(result => result.Phrase.Text));
        foreach (PhraseGrounding result in results)
        {
            Assert.Equal(new ImageSize(50, 41), result.Heatmap.Size);
            Assert.Equal(new GridSize(32, 32), result.ModelHeatmap.Grid);
            // 9 columns are outside the square: 4 on the left, 5 on the right.
            Assert.Equal(9 * 41, result.Heatmap.Values.Count(float.IsNaN));
            Assert.True(float.IsNaN(result.Heatmap[3, 20]));
            Assert.False(float.IsNaN(result.Heatmap[4, 20]));
            Assert.Equal(1, result.Heatmap.Values.Where(value => !float.IsNaN(value)).Max());
            Assert.Equal(result.Regions[0].Box, result.Box);
            Assert.Equal(1, result.Peak!.Value.Value);
            Assert.InRange(result.Peak.Value.X, 4, 45);
            Assert.Equal(result.Phrase.Tokens, result.Tokens.Select(token => token.Token));
            Assert.Equal(
                (trajectory.Sha256, "exact", "cpu", "fp32", 5, 2),
                (
                    result.Provenance.TrajectorySha256,
                    result.Provenance.Preset,
                    result.Provenance.Provider,
                    result.Provenance.Precision,
                    result.Provenance.TrajectoryEvaluations,
                    result.Provenance.AttentionEvaluations
                )
            );
            Assert.True(result.Timings.Total > TimeSpan.Zero);
        }

        Assert.Empty(results[0].Warnings);
        Assert.Equal(["this bundle's closed vocabulary does not know \"probable\": left out"], results[1].Warnings);
        Assert.NotEqual(results[0].ModelHeatmap.Values, results[1].ModelHeatmap.Values);
    }

    [Fact]
    public void Ground_PhrasesTogetherOrAlone_GiveTheSame()
    {
        GroundingPipeline grounder = new(Model.Value);
        using ImageTrajectory trajectory = grounder.Invert(Image(32, 60), cancellationToken: GroundingPipelineReferenceTests.Cancellation);
        string[] phrases = ["left lower pneumonia", "right pneumothorax", "cardiomegaly"];
        IReadOnlyList<PhraseGrounding> together = grounder.Ground(
            trajectory,
            phrases,
            cancellationToken: GroundingPipelineReferenceTests.Cancellation
        );
        for (int i = 0; i < phrases.Length; i++)
        {
            PhraseGrounding alone = grounder.Ground(
                trajectory,
                [phrases[i]],
                cancellationToken: GroundingPipelineReferenceTests.Cancellation
            )[0];
            // Other batch sizes may take other kernels, whose sums round differently.
            GroundingPipelineReferenceTests.AssertNear(alone.ModelHeatmap.Values, together[i].ModelHeatmap.Values, 1e-4, phrases[i]);
        }
    }

    [Fact]
    public async Task Ground_ManyThreads_GiveTheSame()
    {
        GroundingPipeline grounder = new(Model.Value);
        GrayImage image = Image(40, 40);
        float[][] maps = await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(_ =>
                    Task.Run(
                        () =>
                        {
                            using ImageTrajectory trajectory = grounder.Invert(
                                image,
                                cancellationToken: GroundingPipelineReferenceTests.Cancellation
                            );
                            return grounder
                                .Ground(trajectory, ["edema"], cancellationToken: GroundingPipelineReferenceTests.Cancellation)[0]
                                .ModelHeatmap.Values;
                        },
                        GroundingPipelineReferenceTests.Cancellation
                    )
                )
        );
        Assert.All(maps, map => Assert.Equal(maps[0], map));
    }

    [Fact]
    public void Ground_NoPhrases_GivesNothing()
    {
        GroundingPipeline grounder = new(Model.Value);
        using ImageTrajectory trajectory = grounder.Invert(Image(32, 32), cancellationToken: GroundingPipelineReferenceTests.Cancellation);
        Assert.Empty(grounder.Ground(trajectory, Array.Empty<string>(), cancellationToken: GroundingPipelineReferenceTests.Cancellation));
    }

    [Theory]
    [InlineData("", "a phrase is empty")]
    [InlineData("fractured clavicle", "knows none of its words")]
    public void Ground_UnfitPhraseAmongGoodOnes_Throws(string phrase, string message)
    {
        GroundingPipeline grounder = new(Model.Value);
        using ImageTrajectory trajectory = grounder.Invert(Image(32, 32), cancellationToken: GroundingPipelineReferenceTests.Cancellation);
        InputException error = Assert.Throws<InputException>(() =>
            grounder.Ground(trajectory, ["edema", phrase], cancellationToken: GroundingPipelineReferenceTests.Cancellation)
        );
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ground_TrajectoryOfABareModelInput_SaysThatThereIsNoImage()
    {
        GroundingPipeline grounder = new(Model.Value);
        using ImageTrajectory trajectory = grounder.Invert(
            Image(32, 32).Pixels,
            GridSize.Square(32),
            new float[77 * 16],
            cancellationToken: GroundingPipelineReferenceTests.Cancellation
        );
        InputException error = Assert.Throws<InputException>(() =>
            grounder.Ground(trajectory, ["edema"], cancellationToken: GroundingPipelineReferenceTests.Cancellation)
        );
        Assert.Contains("no original image", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The ten lines of the README.</summary>
    [Fact]
    public void Ground_TheReadmesExample_Works()
    {
        string path = TinyModelBundle.Bundle;
        string file = Directory
            .EnumerateFiles(Path.Combine(CxrOnnx.Tests.Fixtures.Repository, "models", "samples"), "*.png")
            .Order(StringComparer.Ordinal)
            .First();

        using Bundle bundle = Bundle.Open(path);
        using GroundingModel model = GroundingModel.Load(bundle);
        GroundingPipeline grounder = new(model);
        Radiograph radiograph = RadiographReader.Read(file);
        using ImageTrajectory trajectory = grounder.Invert(
            radiograph.Image,
            cancellationToken: GroundingPipelineReferenceTests.Cancellation
        );
        foreach (
            PhraseGrounding result in grounder.Ground(
                trajectory,
                ["left lower pneumonia", "cardiomegaly"],
                cancellationToken: GroundingPipelineReferenceTests.Cancellation
            )
        )
        {
            Assert.NotNull(result.Box);
            Assert.NotNull(result.Peak);
        }
    }

    private static GrayImage Image(int width, int height)
    {
        Random random = new((width * 1000) + height);
        return new GrayImage(width, height, [.. Enumerable.Range(0, width * height).Select(_ => random.NextSingle())]);
    }
}
