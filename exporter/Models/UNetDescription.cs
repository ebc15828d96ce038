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
/// <param name="prompt">Keys and values of the prompts.</param>
/// <param name="shifts">What the time step adds, one row per sample.</param>
/// <param name="repetition">Repeats a sample for its prompts; null where each prompt has its own.</param>
/// <param name="wanted">Cross-attention layers, in module order, whose probabilities are outputs of the graph.</param>
internal sealed class UNetDescription(
    Module unet,
    UNetConfiguration configuration,
    PromptKeys prompt,
    TimeShifts shifts,
    SampleRepetition? repetition,
    IReadOnlySet<int> wanted
)
{
    private readonly List<AttentionMap> _attention = [];
    private readonly HashSet<FeatureMap> _skipsPerSample = [];
    private bool _prompted = repetition is null;

    /// <summary>Adds the whole network.</summary>
    /// <param name="sample">Noisy latents, one per sample, float32 [., Cz, h, w].</param>
    public UNetValues Add(Value sample)
    {
        Dialect dialect = unet.Dialect;
        int last = configuration.NumChannels.Count - 1;
        FeatureMap x = dialect.Map(Convolution.Same3x3(unet["conv_in"], dialect.Enter(unet["conv_in"], sample)));
        Stack<FeatureMap> skips = [];
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

        Value normalized = x.Normalize(unet["out.0"], configuration.NormNumGroups, silu: true);
        return new UNetValues(dialect.Leave(unet["out.2"], Convolution.Same3x3(unet["out.2"], normalized)), _attention);
    }

    private FeatureMap Down(int level, bool last, FeatureMap x, Stack<FeatureMap> skips)
    {
        Module block = unet[UNetBlocks.Down(level)];
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

        x = unet.Dialect.Map(Resampling.Downsample(block["downsampler"], x.Value));
        Push(skips, x);
        return x;
    }

    private FeatureMap Middle(int level, FeatureMap x)
    {
        Module block = unet[UNetBlocks.Middle];
        x = Attend(block["attention"], level, Resnet(block["resnet_1"], x));
        return Resnet(block["resnet_2"], x);
    }

    // Up blocks are numbered from the coarsest level, and have one residual block more than down blocks.
    private FeatureMap Up(int level, int number, FeatureMap x, Stack<FeatureMap> skips)
    {
        Module block = unet[UNetBlocks.Up(number)];
        for (int i = 0; i <= configuration.NumResBlocks; i++)
        {
            Module resnet = block[FormattableString.Invariant($"resnets.{i}")];
            Value joined = resnet.Node("Concat", [x.Value, Pop(resnet, skips)], NodeAttribute.Int("axis", unet.Dialect.ChannelAxis));
            x = Resnet(resnet, unet.Dialect.Map(joined));
            if (configuration.AttentionLevels[level])
            {
                x = Attend(block[FormattableString.Invariant($"attentions.{i}")], level, x);
            }
        }

        return level == 0 ? x : unet.Dialect.Map(Resampling.Upsample(block["upsampler"], x.Value));
    }

    private void Push(Stack<FeatureMap> skips, FeatureMap x)
    {
        if (!_prompted)
        {
            _skipsPerSample.Add(x);
        }

        skips.Push(x);
    }

    private Value Pop(Module resnet, Stack<FeatureMap> skips)
    {
        FeatureMap skip = skips.Pop();
        return _skipsPerSample.Contains(skip) ? repetition!.Of(resnet, skip.Value) : skip.Value;
    }

    private FeatureMap Resnet(Module block, FeatureMap x) => ResnetBlock.UNet(block, x, shifts, configuration.NormNumGroups);

    private FeatureMap Attend(Module transformer, int level, FeatureMap x)
    {
        int channels = configuration.NumChannels[level];
        int first = _attention.Count;
        List<Value> probabilities = [];
        x = SpatialTransformer.Add(
            transformer,
            x,
            prompt,
            channels,
            channels / configuration.NumHeadChannels[level],
            configuration.TransformerNumLayers,
            configuration.NormNumGroups,
            probabilities,
            i => wanted.Contains(first + i),
            _prompted ? null : repetition
        );
        if (!_prompted)
        {
            shifts.Repeat(repetition!);
        }

        _prompted = true;
        _attention.AddRange(probabilities.Select(value => new AttentionMap(value, level)));
        return x;
    }
}
