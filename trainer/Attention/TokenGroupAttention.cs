using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Diffusion;
using CxrOnnx.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Attention;

/// <summary>
/// How the cross-attention is divided among BoS, a prompt's own tokens, EoS and padding, on the steps that grounding reads. The U-Net is
/// given the whole prompt; only the reading is by group.
/// </summary>
/// <param name="model">The model, with the embedding rows that are to be looked at; owned by the caller.</param>
/// <param name="layers">Layers to read, in module order.</param>
public sealed class TokenGroupAttention(LatentDiffusionModel model, IReadOnlyList<int> layers)
{
    /// <summary>The states of an image that <see cref="Read"/> wants.</summary>
    /// <param name="latents">Scaled clean latents, float32 [1, Cz, h, w] on the model's device; read only.</param>
    /// <returns>float32 [T, Cz, h, w] on the model's device, T the steps that grounding reads; owned by the caller.</returns>
    public Tensor Invert(Tensor latents)
    {
        using DisposeScope scope = NewDisposeScope();
        IReadOnlyList<int> range = model.Configuration.Grounding.StepRange;
        return Trajectory
            .Invert(model, latents, model.Configuration.Grounding.NumInferenceSteps, range[0], range[1])[0]
            .clone()
            .MoveToOuterDisposeScope();
    }

    /// <summary>The states of a prompt's own image, made from noise by deterministic sampling without guidance.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="noise">Normal noise, float32 [1, Cz, h, w] on the model's device; read only.</param>
    /// <returns>float32 [T, Cz, h, w] on the model's device, the steps that <see cref="Invert"/> gives; owned by the caller.</returns>
    public Tensor Generate(string prompt, Tensor noise)
    {
        GroundingConfiguration grounding = model.Configuration.Grounding;
        return ImageSampler.SampleStates(model, noise, prompt, grounding.NumInferenceSteps, grounding.StepRange[0], grounding.StepRange[1]);
    }

    /// <summary>Reads the attention of one prompt.</summary>
    /// <param name="states">The image's states, of <see cref="Invert"/>, or of <see cref="Generate"/>; read only.</param>
    /// <param name="prompt">The prompt.</param>
    /// <returns>One entry per layer and group that has positions.</returns>
    public IReadOnlyList<GroupAttention> Read(Tensor states, string prompt)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        IReadOnlyList<int> range = model.Configuration.Grounding.StepRange;
        InferenceTimesteps schedule = InferenceTimesteps.Trailing(
            model.Configuration.Grounding.NumInferenceSteps,
            model.Schedule.NumTrainTimesteps
        );
        long[] timesteps = [.. Enumerable.Range(range[0], range[1] - range[0]).Select(k => (long)schedule[k])];
        Tensor context = model.Encode([prompt]).expand(timesteps.Length, -1, -1);
        IReadOnlyDictionary<int, Tensor> attention = model
            .UNet.Forward(states, tensor(timesteps).MoveTo(model.Device), context, [.. layers], stopAfterLastAttention: true)
            .Attention;
        TokenizedPrompt tokens = model.Tokenize(prompt);
        TokenGroup[] groups = [.. TokenGroup.Of(tokens.OwnPositions, tokens.Ids.Count).Where(group => group.Positions.Count > 0)];
        List<GroupAttention> read = [];
        foreach (int layer in layers)
        {
            foreach (TokenGroup group in groups)
            {
                Tensor index = tensor(group.Positions.Select(position => (long)position).ToArray(), dtype: ScalarType.Int64)
                    .MoveTo(model.Device);
                Tensor sum = attention[layer].index_select(2, index).sum(2); // [T, D] of [T, D, S]
                float[] values = DeviceTransfer.ToArray(sum);
                int cells = checked((int)sum.shape[1]);
                read.Add(
                    new GroupAttention(
                        group.Name,
                        layer,
                        values.Average(),
                        [.. values.Chunk(cells).Select(map => map.Select(value => value / group.Positions.Count).ToArray())],
                        (int)Math.Round(Math.Sqrt(cells))
                    )
                );
            }
        }

        return read;
    }
}
