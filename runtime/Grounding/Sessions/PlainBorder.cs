using System.Globalization;
using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using Microsoft.ML.OnnxRuntime;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>
/// The U-Net of a further graph set behind the inputs and outputs of the plain graphs, for golden cases: whatever the set, a case asks and
/// is answered alike.
/// </summary>
/// <param name="unet">The U-Net.</param>
/// <param name="layers">Cross-attention layers whose maps are used.</param>
internal sealed class PlainBorder(ConditionedUNet unet, IReadOnlyList<int> layers)
{
    // The name of the dimension says the level.
    private const string CellsOfLevel = "cells_level_";

    /// <summary>Evaluates denoiser or attention graph.</summary>
    /// <param name="graph">Which.</param>
    /// <param name="inputs"><c>sample</c>, <c>timestep</c> and <c>encoder_hidden_states</c>.</param>
    /// <param name="outputNames">Outputs of the plain graph.</param>
    /// <exception cref="InputException">The rows of the inputs do not fit each other.</exception>
    public IReadOnlyList<GraphTensor> Run(string graph, IReadOnlyList<GraphTensor> inputs, IReadOnlyList<string> outputNames)
    {
        GraphTensor sample = inputs.Single(input => input.Name == "sample");
        GraphTensor timestep = inputs.Single(input => input.Name == "timestep");
        GraphTensor states = inputs.Single(input => input.Name == "encoder_hidden_states");
        int samples = (int)sample.Shape[0];
        int prompts = (int)states.Shape[0];
        int tokens = (int)states.Shape[1];
        if (timestep.Shape[0] != samples || samples == 0 || prompts % samples != 0)
        {
            throw new InputException($"{graph}: {samples} samples, {timestep.Shape[0]} time steps and {prompts} prompts do not fit");
        }

        GraphTensor[] outputs =
        [
            .. outputNames.Select(name =>
                graph == BundleLayout.Denoiser
                    ? GraphTensor.Float32(name, new float[sample.Floats!.Length], [.. sample.Shape])
                    : Maps(name, prompts, tokens, sample.Shape)
            ),
        ];
        unet.Run(() =>
        {
            using OrtValue table = unet.Table(timestep.Integers!);
            using PromptValues keys = unet.Keys(states.Floats!, prompts, tokens);
            using OrtValue? weights = graph == BundleLayout.Attention ? Unit(prompts, tokens) : null;
            ConditionedCall call = new(
                sample,
                [.. Enumerable.Range(0, samples).Select(i => (long)i)],
                [.. Enumerable.Range(0, prompts).Select(i => (long)i)],
                table,
                keys,
                weights
            );
            unet.Evaluate(graph, call, outputs);
            return true;
        });
        return [.. outputs.Zip(outputNames, (output, name) => GraphTensor.Float32(name, output.Floats!, [.. output.Shape]))];
    }

    /// <summary>The maps of all tokens of a layer: as many weighted sums as tokens, each of one.</summary>
    private GraphTensor Maps(string name, int prompts, int tokens, IReadOnlyList<long> sample)
    {
        int layer = layers.First(each => GraphSignature.AttentionOutput(each) == name);
        BundleTensor output = unet
            .Set.Graphs[BundleLayout.Attention]
            .Outputs.First(each => each.Name == GraphSetSignature.TokenMean(layer));
        long factor = 1L << int.Parse(output.Shape[1][CellsOfLevel.Length..], CultureInfo.InvariantCulture);
        long cells = sample[2] / factor * (sample[3] / factor);
        return GraphTensor.Float32(output.Name, new float[prompts * cells * tokens], prompts, cells, tokens);
    }

    private OrtValue Unit(int prompts, int tokens)
    {
        float[] values = new float[prompts * tokens * tokens];
        for (int i = 0; i < prompts * tokens; i++)
        {
            values[(i * tokens) + (i % tokens)] = 1;
        }

        return unet.Memory.Upload(values, prompts, tokens, tokens);
    }
}
