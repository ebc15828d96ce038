using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Attention;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;

namespace CxrOnnx.Runtime.Tests.Grounding;

/// <summary>The inputs of a fused graph, and what the runtime makes of the same image and phrases with four graphs.</summary>
/// <param name="Maps">The heatmaps, with the scores of a preset of evidence maps.</param>
/// <param name="Inputs">Image, token ids and mask.</param>
internal sealed record FusedCase(IReadOnlyList<(PromptMap Map, double Score)> Maps, GraphTensor[] Inputs)
{
    /// <summary>The heatmaps one after the other.</summary>
    public float[] Heatmaps => [.. Maps.SelectMany(item => item.Map.Heatmap.Values)];

    /// <summary>Grounds phrases on an image.</summary>
    public static FusedCase Of(GroundingModel model, float[] image, GridSize size, string[] phrases, string preset = "exact")
    {
        GroundingPipeline grounder = new(model, new GroundingOptions { Preset = preset, Confidence = false });
        EncodedPhrase[] encoded = [.. phrases.Select(grounder.Encode)];
        BundleVocabulary vocabulary = model.Manifest.Vocabulary;
        long[] empty = [vocabulary.BosId, vocabulary.EosId, .. Enumerable.Repeat((long)vocabulary.PadId, 75)];
        long[] ids = [.. encoded.SelectMany(phrase => phrase.Ids)];
        float[] mask =
        [
            .. encoded.SelectMany(phrase => Enumerable.Range(0, 77).Select(position => phrase.Positions.Contains(position) ? 1f : 0f)),
        ];
        float[] states = model.EncodeText(ids, phrases.Length, GroundingPipelineReferenceTests.Cancellation);
        int length = states.Length / phrases.Length;
        using ImageTrajectory trajectory = grounder.Invert(
            image,
            size,
            model.EncodeText(empty, 1, GroundingPipelineReferenceTests.Cancellation),
            cancellationToken: GroundingPipelineReferenceTests.Cancellation
        );
        PromptContext[] prompts =
        [
            .. encoded.Select((phrase, i) => new PromptContext(states.AsMemory(i * length, length), phrase.Positions)),
        ];
        bool evidence = model.Manifest.Presets[preset].Evidence is not null;
        return new FusedCase(
            evidence
                ? grounder.GroundWithScores(trajectory, prompts, GroundingPipelineReferenceTests.Cancellation)
                :
                [
                    .. grounder
                        .Ground(trajectory, prompts, cancellationToken: GroundingPipelineReferenceTests.Cancellation)
                        .Select(map => (map, 0.0)),
                ],
            [
                GraphTensor.Float32("image", image, 1, 1, size.Rows, size.Columns),
                GraphTensor.Int64("input_ids", ids, phrases.Length, 77),
                GraphTensor.Int64("uncond_input_ids", empty, 1, 77),
                GraphTensor.Float32("token_mask", mask, phrases.Length, 77),
            ]
        );
    }

    /// <summary>An image that differs from place to place.</summary>
    public static float[] Image(GridSize size) =>
        [.. Enumerable.Range(0, size.CellCount).Select(i => ((i % size.Columns) + (2 * (i / size.Columns))) % 37 / 36f)];
}
