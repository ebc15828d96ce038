using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Evidence;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Grounding.Attention;
using CxrOnnx.Grounding.Confidence;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;

namespace CxrOnnx.Grounding.Parity;

/// <summary>The golden cases that go through several graphs and what the host computes between them.</summary>
/// <param name="model">The model; not taken over.</param>
/// <param name="computedFor">What the file's evidence cases were computed for; null where the file has none.</param>
internal sealed class WholeGroundingCases(GroundingModel model, EvidenceFile? computedFor)
{
    private const string Again = "make the golden file again with 'cxr-lab golden --evidence FILE', with the file that the bundle got";

    private static readonly string[] GroundingInputs = ["image", "encoder_hidden_states", "uncond_hidden_states", "token_mask"];
    private static readonly string[] NoiseInputs = ["latents", "encoder_hidden_states", "uncond_hidden_states"];

    /// <summary>Inputs and outputs of a case; null for the cases of one graph.</summary>
    public static (IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs)? BorderOf(string graph) =>
        graph switch
        {
            GoldenVerification.Pipeline => (GroundingInputs, ["heatmap"]),
            GoldenVerification.Evidence => (GroundingInputs, ["heatmap", "score"]),
            GoldenVerification.NoisePrediction => (NoiseInputs, ["residual", "agreement", "change"]),
            _ => null,
        };

    /// <summary>Why cases cannot be judged with this bundle, or null.</summary>
    public string? ProblemOf(string graph) =>
        graph == GoldenVerification.Pipeline ? null
        : computedFor is null ? $"the metadata has no `{EvidencePreset.Name}`, which says with what noise and recipe; {Again}"
        : model.Manifest.Presets.GetValueOrDefault(EvidencePreset.Name)?.Evidence is not { } recipe
            ? $"the bundle has no preset '{EvidencePreset.Name}'; put it in with 'cxr-lab export --evidence FILE'"
        : recipe.Fingerprint != computedFor.Recipe.Fingerprint
            ? $"was computed with the recipe {computedFor.Recipe.Fingerprint}, the bundle's preset '{EvidencePreset.Name}' has "
                + $"{recipe.Fingerprint}; {Again}"
        : null;

    /// <summary>Computes a case as the runtime does.</summary>
    /// <param name="graph">One that has a <see cref="BorderOf"/>.</param>
    /// <param name="inputs">All its inputs.</param>
    /// <param name="outputs">Names of the outputs wanted.</param>
    /// <param name="cancellationToken">Stops between two operators of a graph.</param>
    /// <exception cref="CxrOnnxException">An input has an unfit shape, or a graph fails.</exception>
    public IReadOnlyList<GraphTensor> Run(
        string graph,
        GraphTensor[] inputs,
        IReadOnlyList<string> outputs,
        CancellationToken cancellationToken
    )
    {
        GraphTensor[] all =
            graph == GoldenVerification.NoisePrediction
                ? PredictNoise(inputs, cancellationToken)
                : Ground(inputs, graph == GoldenVerification.Evidence, cancellationToken);
        return [.. outputs.Select(name => all.Single(tensor => tensor.Name == name))];
    }

    /// <summary>The whole grounding, on the model's grid.</summary>
    private GraphTensor[] Ground(GraphTensor[] inputs, bool evidence, CancellationToken cancellationToken)
    {
        GraphTensor image = Input(inputs, "image", 4);
        GraphTensor states = Input(inputs, "encoder_hidden_states", 3);
        GraphTensor unconditional = Input(inputs, "uncond_hidden_states", 3);
        GraphTensor mask = Input(inputs, "token_mask", 2);
        int prompts = (int)states.Shape[0];
        int context = (int)states.Shape[1];
        if (
            image.Shape[0] != 1
            || image.Shape[1] != 1
            || mask.Shape[0] != prompts
            || mask.Shape[1] != context
            || unconditional.Shape[0] != 1
        )
        {
            throw new InputException(
                "a case of a whole grounding needs image [1, 1, H, W], encoder_hidden_states [K, S, W], uncond_hidden_states [1, S, W], "
                    + "token_mask [K, S]"
            );
        }

        GridSize size = new((int)image.Shape[2], (int)image.Shape[3]);
        GroundingPipeline grounder = new(
            model,
            evidence ? new GroundingOptions { Preset = EvidencePreset.Name, Confidence = false } : null
        );
        using ImageTrajectory trajectory = grounder.Invert(image.Floats!, size, unconditional.Floats!, null, cancellationToken);
        int length = states.Floats!.Length / prompts;
        PromptContext[] contexts =
        [
            .. Enumerable
                .Range(0, prompts)
                .Select(k => new PromptContext(
                    states.Floats.AsMemory(k * length, length),
                    [.. Enumerable.Range(0, context).Where(position => mask.Floats![(k * context) + position] > 0)]
                )),
        ];
        if (contexts.Any(prompt => prompt.Positions.Count == 0))
        {
            throw new InputException("token_mask has a row without a token");
        }

        if (!evidence)
        {
            return [Heatmaps(grounder.Ground(trajectory, contexts, null, cancellationToken), size)];
        }

        IReadOnlyList<(PromptMap Map, double Score)> found = grounder.GroundWithScores(trajectory, contexts, cancellationToken);
        return
        [
            Heatmaps([.. found.Select(item => item.Map)], size),
            GraphTensor.Float32("score", [.. found.Select(item => (float)item.Score)], prompts),
        ];
    }

    /// <summary>What phrases do to the prediction of the noise of given latents.</summary>
    private GraphTensor[] PredictNoise(GraphTensor[] inputs, CancellationToken cancellationToken)
    {
        // Any h and w: what the U-Net cannot take, it refuses itself.
        GraphTensor latents = Input(inputs, "latents", 4);
        GraphTensor states = Input(inputs, "encoder_hidden_states", 3);
        GraphTensor unconditional = Input(inputs, "uncond_hidden_states", 3);
        (int tokens, int width) = (model.Configuration.TextEncoder.MaxPositionEmbeddings, model.Configuration.UNet.CrossAttentionDim);
        if (
            latents.Shape[0] != 1
            || latents.Shape[1] != model.Configuration.UNet.InChannels
            || !unconditional.Shape.SequenceEqual([1, tokens, width])
            || !states.Shape.Skip(1).SequenceEqual([tokens, width])
        )
        {
            throw new InputException(
                "a noise_prediction case needs latents [1, Cz, h, w], encoder_hidden_states [K, S, W], uncond_hidden_states [1, S, W]"
            );
        }

        EvidenceRecipe recipe = computedFor!.Recipe;
        NoiseProbe noise = new(recipe.Timesteps, recipe.Seed);
        SupportProbe probe = new(
            model,
            noise,
            SupportQuestion.ProbeBatch(model, noise.Samples, new GroundingOptions().MemoryBudgetMebibytes)
        );
        GridSize grid = new((int)latents.Shape[2], (int)latents.Shape[3]);
        ProbedImage image = probe.PrepareUnder(unconditional.Floats!, latents.Floats!, (int)latents.Shape[1], grid, cancellationToken);
        int prompts = (int)states.Shape[0];
        int length = states.Floats!.Length / prompts;
        IReadOnlyList<PredictionGain> gains = probe.Measure(
            image,
            [.. Enumerable.Range(0, prompts).Select(k => (ReadOnlyMemory<float>)states.Floats.AsMemory(k * length, length))],
            null,
            cancellationToken
        );
        return
        [
            GraphTensor.Float32(
                "residual",
                [.. image.Residuals.SelectMany(residual => residual)],
                noise.Samples,
                latents.Shape[1],
                grid.Rows,
                grid.Columns
            ),
            Cells("agreement", gain => gain.Agreement),
            Cells("change", gain => gain.Change),
        ];

        GraphTensor Cells(string name, Func<PredictionGain, double[]> part) =>
            GraphTensor.Float32(name, [.. gains.SelectMany(part).Select(value => (float)value)], prompts, grid.Rows, grid.Columns);
    }

    private static GraphTensor Heatmaps(IReadOnlyList<PromptMap> maps, GridSize size) =>
        GraphTensor.Float32("heatmap", [.. maps.SelectMany(map => map.Heatmap.Values)], maps.Count, size.Rows, size.Columns);

    private static GraphTensor Input(GraphTensor[] inputs, string name, int rank)
    {
        GraphTensor tensor = inputs.Single(input => input.Name == name);
        return tensor.Shape.Count == rank && tensor.Floats is not null
            ? tensor
            : throw new InputException(
                $"{name} has shape [{string.Join(", ", tensor.Shape)}] and type {tensor.DataType}, wanted float32 of rank {rank}"
            );
    }
}
