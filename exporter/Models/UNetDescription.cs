using CxrOnnx.Core.Configuration;
using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Layers;

namespace CxrOnnx.Exporter.Models;

/// <summary>
/// Lays out the U-Net's blocks: down, middle, up, with the skip connections between them. Where prompts share samples, everything before
/// the first cross-attention's probabilities has one row per sample, everything behind one per prompt.
/// </summary>
/// <param name="unet">The U-Net's module.</param>
/// <param name="configuration">Its configuration.</param>
/// <param name="context">Text states, [B, S, W].</param>
/// <param name="timeEmbedding">SiLU of the time embedding, one row per sample, [., E].</param>
/// <param name="repetition">Repeats a sample for its prompts; null where each prompt has its own.</param>
internal sealed class UNetDescription(
    Module unet,
    UNetConfiguration configuration,
    Value context,
    Value timeEmbedding,
    SampleRepetition? repetition
)
{
    private readonly List<AttentionMap> _attention = [];
    private readonly HashSet<Value> _skipsPerSample = [];
    private bool _prompted = repetition is null;
    private Value _timeEmbedding = timeEmbedding;

    /// <summary>Adds the whole network.</summary>
    /// <param name="sample">Noisy latents, one per sample, [., Cz, h, w].</param>
    public UNetValues Add(Value sample)
    {
        int last = configuration.NumChannels.Count - 1;
        Value x = Convolution.Same3x3(unet["conv_in"], sample);
        Stack<Value> skips = [];
        Push(skips, x);
        for (int level = 0; level <= last; level++)
        {
            x = Down(level, level == last, x, skips);
        }

        x = Middle(last, x);
        for (int level = last; level >= 0; level--)
        {
            x = Up(level, last - level, x, skips);
        }

        Module normalization = unet["out.0"];
        x = Activation.Silu(normalization, Normalization.Group(normalization, x, configuration.NormNumGroups));
        return new UNetValues(Convolution.Same3x3(unet["out.2"], x), _attention);
    }

    private Value Down(int level, bool last, Value x, Stack<Value> skips)
    {
        Module block = unet[FormattableString.Invariant($"down_blocks.{level}")];
        for (int i = 0; i < configuration.NumResBlocks; i++)
        {
            x = Resnet(block[FormattableString.Invariant($"resnets.{i}")], x);
            if (configuration.AttentionLevels[level])
            {
                x = Attend(block[FormattableString.Invariant($"attentions.{i}")], level, x);
            }

            Push(skips, x);
        }

        if (last)
        {
            return x;
        }

        x = Resampling.Downsample(block["downsampler"], x);
        Push(skips, x);
        return x;
    }

    private Value Middle(int level, Value x)
    {
        Module block = unet["middle_block"];
        x = Attend(block["attention"], level, Resnet(block["resnet_1"], x));
        return Resnet(block["resnet_2"], x);
    }

    // Up blocks are numbered from the coarsest level, and have one residual block more than down blocks.
    private Value Up(int level, int number, Value x, Stack<Value> skips)
    {
        Module block = unet[FormattableString.Invariant($"up_blocks.{number}")];
        for (int i = 0; i <= configuration.NumResBlocks; i++)
        {
            Module resnet = block[FormattableString.Invariant($"resnets.{i}")];
            x = Resnet(resnet, resnet.Node("Concat", [x, Pop(resnet, skips)], NodeAttribute.Int("axis", 1)));
            if (configuration.AttentionLevels[level])
            {
                x = Attend(block[FormattableString.Invariant($"attentions.{i}")], level, x);
            }
        }

        return level == 0 ? x : Resampling.Upsample(block["upsampler"], x);
    }

    private void Push(Stack<Value> skips, Value x)
    {
        if (!_prompted)
        {
            _skipsPerSample.Add(x);
        }

        skips.Push(x);
    }

    private Value Pop(Module resnet, Stack<Value> skips)
    {
        Value skip = skips.Pop();
        return _skipsPerSample.Contains(skip) ? repetition!.Of(resnet, skip) : skip;
    }

    private Value Resnet(Module block, Value x) => ResnetBlock.UNet(block, x, _timeEmbedding, configuration.NormNumGroups);

    private Value Attend(Module transformer, int level, Value x)
    {
        int channels = configuration.NumChannels[level];
        List<Value> probabilities = [];
        x = SpatialTransformer.Add(
            transformer,
            x,
            context,
            channels,
            channels / configuration.NumHeadChannels[level],
            configuration.TransformerNumLayers,
            configuration.NormNumGroups,
            probabilities,
            _prompted ? null : repetition
        );
        if (!_prompted)
        {
            _timeEmbedding = repetition!.Of(unet["time_embed"], _timeEmbedding);
        }

        _prompted = true;
        _attention.AddRange(probabilities.Select(value => new AttentionMap(value, level)));
        return x;
    }
}
