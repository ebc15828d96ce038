using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Layers;

namespace CxrOnnx.Exporter.Models.Fused;

/// <summary>
/// What prompts do to the prediction of an image's noise, inside a graph: the agreement r d and the change d^2 of
/// <see cref="PredictionGain"/>, with the noise of a recipe, which is kept in the graph.
/// </summary>
/// <param name="fused">The graph.</param>
/// <param name="recipe">What names the noise.</param>
internal sealed class GainLoop(FusedGraph fused, EvidenceRecipe recipe)
{
    private const string Name = "gain";

    private readonly GraphBuilder _graph = fused.Builder;

    private int Channels => fused.Model.UNet.InChannels;

    private int Side => fused.Model.LatentSide;

    /// <summary>Agreement and change, means over channels and noise: [K, 1, h, w] each.</summary>
    /// <param name="inputs">The image and the prompts.</param>
    public (Value Agreement, Value Change) Add(FusedInputs inputs)
    {
        bool epsilon = fused.Schedule.Prediction == PredictionType.Epsilon;
        IReadOnlyList<NoisySample> samples = new NoiseProbe(recipe.Timesteps, recipe.Seed).Draw(
            fused.Schedule,
            new float[Channels * Side * Side]
        );
        Value timesteps = fused.Integers("const/noise_timesteps", samples.Select(sample => sample.Timestep));
        float[] drawnNoise = [.. samples.SelectMany(sample => sample.Noise)];
        Value noise = _graph.Constant("const/noise", drawnNoise, samples.Count, 1, Channels, Side, Side);
        Value signal = Levels("const/noise_alpha", samples, alphaBar => Math.Sqrt(alphaBar));
        Value sigma = Levels("const/noise_sigma", samples, alphaBar => Math.Sqrt(1 - alphaBar));

        LoopBody body = fused.Loop(Name);
        Module inside = body.Module;
        Value Of(Value list) => FusedGraph.Element(inside, list, body.Round);
        Value drawn = Of(noise);
        (Value a, Value s) = (Of(signal), Of(sigma));
        Value noisy = inside.Add(inside.Multiply(inputs.Latents, a), inside.Multiply(drawn, s));
        Value target = epsilon ? drawn : inside.Node("Sub", [inside.Multiply(drawn, a), inside.Multiply(inputs.Latents, s)]);
        Value timestep = inside.Node("Unsqueeze", [Of(timesteps), body.Graph.Integers(0)]);

        // The empty prompt and the prompts in one evaluation: what depends on the image alone is computed once.
        Value output = UNetGraph.Add(body.Graph, fused.Model.UNet, fused.UNet, noisy, timestep, inputs.States, shared: true).OutSample;
        Value empty = HeatmapSteps.Slice(inside, output, 0, 1, 0);
        Value added = inside.Node("Sub", [HeatmapSteps.Slice(inside, output, 1, long.MaxValue, 0), empty]);
        Value residual = inside.Node("Sub", [target, empty]);
        body.GoOn();
        Collect(body, "agreement", inside.Multiply(added, residual));
        Collect(body, "change", inside.Multiply(added, added));
        Value[] collected = _graph.Loop(body.Path, samples.Count, [], body.Graph);
        Module module = fused[Name];
        Value Mean(Value maps) => module.Node("ReduceMean", [maps], NodeAttribute.Ints("axes", 0), NodeAttribute.Int("keepdims", 0));
        return (Mean(collected[0]), Mean(collected[1]));
    }

    /// <summary>The mean over channels, collected over the rounds.</summary>
    private static void Collect(LoopBody body, string name, Value product)
    {
        Value mean = body.Module.Node("ReduceMean", [product], NodeAttribute.Ints("axes", 1), NodeAttribute.Int("keepdims", 1));
        body.Output(name, mean, "prompts", "1", "latent_height", "latent_width");
    }

    private Value Levels(string name, IReadOnlyList<NoisySample> samples, Func<double, double> select)
    {
        float[] values = [.. samples.Select(sample => (float)select(fused.Schedule.AlphaBar(sample.Timestep)))];
        return _graph.Constant(name, values, values.Length);
    }
}
