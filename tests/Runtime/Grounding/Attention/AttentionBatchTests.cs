using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Attention;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding.Attention;

[Trait("Category", "slow")]
public class AttentionBatchTests
{
    private static readonly GridSize Image = new(32, 48);

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(20, 1, 5)]
    [InlineData(20, 5, 5)]
    [InlineData(20, 7, 5)]
    [InlineData(4, 213, 70)]
    [InlineData(3, 2, 256)]
    [InlineData(7, 3, 8)]
    public void Cut_AnySizes_HoldsEveryPairOnceWithinTheBudget(int steps, int prompts, int most)
    {
        AttentionBatch[] batches = [.. AttentionBatch.Cut(steps, prompts, most)];
        List<(int Prompt, int Step)> pairs = [];
        foreach (AttentionBatch batch in batches)
        {
            Assert.InRange(batch.Count, 1, most);
            for (int prompt = 0; prompt < batch.Prompts; prompt++)
            {
                for (int step = 0; step < batch.Steps; step++)
                {
                    pairs.Add((batch.FirstPrompt + prompt, batch.FirstStep + step));
                }
            }
        }

        Assert.Equal(steps * prompts, pairs.Distinct().Count());
        Assert.Equal(steps * prompts, pairs.Count);
        // The sums of a prompt must not depend on how it is cut: its steps come in order.
        Assert.All(pairs.GroupBy(pair => pair.Prompt), group => Assert.Equal(Enumerable.Range(0, steps), group.Select(pair => pair.Step)));
        // The part before the prompt is computed as seldom as the budget allows.
        Assert.Equal(steps * ((prompts + most - 1) / most), batches.Sum(batch => batch.Steps));
    }

    [Fact]
    public void Cut_SevenPromptsInBatchesOfFive_AreFourAndThree() =>
        Assert.Equal([new(0, 1, 0, 3), new(1, 1, 0, 3), new(0, 1, 3, 4), new(1, 1, 3, 4)], AttentionBatch.Cut(2, 7, 5));

    [Fact]
    public void Cut_OnePrompt_TakesItsStepsTogether() => Assert.Equal([new(0, 3, 0, 1), new(3, 3, 0, 1)], AttentionBatch.Cut(6, 1, 5));

    [Fact]
    public void Ground_ThreePrompts_ShareTheSampleOfAStep()
    {
        using Bundle bundle = Bundle.Open(TinyModelBundle.Bundle);
        using GroundingModel model = GroundingModel.Load(bundle, GroundingPipelineReferenceTests.Options);
        Assert.True(model.SharesSamples);
        Ground(model);
        Assert.Equal((6, 2), (model.AttentionEvaluations, model.AttentionSamples));
    }

    /// <summary>
    /// A bundle of before has one batch for all inputs of its attention graph; such a graph is what the present one is where the batches
    /// are equal.
    /// </summary>
    [Fact]
    public void Ground_BundleWithOneBatch_GivesTheSameMapsWithASampleForEachPrompt()
    {
        string folder = ReferenceModel.Copy(TinyModelBundle.Bundle);
        ReferenceModel.Seal(
            folder,
            manifest =>
                manifest with
                {
                    Graphs = new Dictionary<string, BundleGraph>(manifest.Graphs)
                    {
                        ["attention"] = manifest.Graphs["attention"] with
                        {
                            Inputs =
                            [
                                .. manifest
                                    .Graphs["attention"]
                                    .Inputs.Select(input => input with { Shape = ["batch", .. input.Shape.Skip(1)] }),
                            ],
                        },
                    },
                }
        );
        using Bundle old = Bundle.Open(folder);
        using GroundingModel before = GroundingModel.Load(old, GroundingPipelineReferenceTests.Options);
        Assert.False(before.SharesSamples);
        IReadOnlyList<PromptMap> wanted = Ground(before);
        Assert.Equal((6, 6), (before.AttentionEvaluations, before.AttentionSamples));

        using Bundle bundle = Bundle.Open(TinyModelBundle.Bundle);
        using GroundingModel model = GroundingModel.Load(bundle, GroundingPipelineReferenceTests.Options);
        IReadOnlyList<PromptMap> got = Ground(model);
        for (int i = 0; i < wanted.Count; i++)
        {
            // Roundings, enlarged by the min-max.
            GroundingPipelineReferenceTests.AssertNear(wanted[i].Heatmap.Values, got[i].Heatmap.Values, 1e-5, $"prompt {i}");
        }
    }

    private static IReadOnlyList<PromptMap> Ground(GroundingModel model)
    {
        // The copy has no tokenizer.
        using Bundle bundle = Bundle.Open(TinyModelBundle.Bundle);
        PhraseEncoder encoder = PhraseEncoder.Open(bundle);
        GroundingPipeline grounder = new(model);
        float[] image = [.. Enumerable.Range(0, Image.CellCount).Select(i => i % 48 / 47f)];
        PromptContext[] prompts =
        [
            .. new[] { "left lower pneumonia", "right pneumothorax", "cardiomegaly" }
                .Select(encoder.Encode)
                .Select(phrase => new PromptContext(model.EncodeText([.. phrase.Ids], 1), phrase.Positions)),
        ];
        using ImageTrajectory trajectory = grounder.Invert(
            image,
            Image,
            new float[77 * 16],
            cancellationToken: GroundingPipelineReferenceTests.Cancellation
        );
        return grounder.Ground(trajectory, prompts, cancellationToken: GroundingPipelineReferenceTests.Cancellation);
    }
}
