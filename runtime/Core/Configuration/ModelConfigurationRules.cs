using System.Globalization;

namespace CxrOnnx.Core.Configuration;

/// <summary>
/// What the values of a model configuration have to do with each other. Ranges of single values are checked while reading.
/// </summary>
internal static class ModelConfigurationRules
{
    // int sizes and shapes stay far from overflow below this.
    private const int MaxLevels = 10;

    /// <summary>Every inconsistency, each as one sentence that begins with the key.</summary>
    public static IEnumerable<string> Problems(ModelConfiguration configuration) =>
        Name(configuration)
            .Concat(Vae(configuration.Vae))
            .Concat(UNet(configuration.UNet))
            .Concat(TextEncoder(configuration.TextEncoder))
            .Concat(Scheduler(configuration.Scheduler))
            .Concat(Grounding(configuration))
            .Concat(Sizes(configuration));

    private static IEnumerable<string> Name(ModelConfiguration configuration)
    {
        if (!configuration.Name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.'))
        {
            yield return $"name: '{configuration.Name}' may only hold letters, digits, '-', '_' and '.'";
        }
    }

    private static IEnumerable<string> Vae(VaeConfiguration vae) => Levels("vae", vae.NumChannels, vae.NormNumGroups);

    private static IEnumerable<string> UNet(UNetConfiguration unet)
    {
        foreach (string problem in Levels("unet", unet.NumChannels, unet.NormNumGroups))
        {
            yield return problem;
        }

        if (unet.OutChannels != unet.InChannels)
        {
            yield return $"unet.out_channels: {unet.OutChannels} is not unet.in_channels ({unet.InChannels}); the prediction has the "
                + $"latents' shape";
        }

        if (unet.AttentionLevels.Count != unet.NumChannels.Count)
        {
            yield return $"unet.attention_levels: has {unet.AttentionLevels.Count} entries, unet.num_channels {unet.NumChannels.Count}";
        }

        if (unet.NumHeadChannels.Count != unet.NumChannels.Count)
        {
            yield return $"unet.num_head_channels: has {unet.NumHeadChannels.Count} entries, unet.num_channels {unet.NumChannels.Count}";
            yield break;
        }

        for (int level = 0; level < unet.NumChannels.Count; level++)
        {
            // The middle block always has attention, with the head size of the last level.
            bool attends = level == unet.NumChannels.Count - 1 || (level < unet.AttentionLevels.Count && unet.AttentionLevels[level]);
            (int channels, int head) = (unet.NumChannels[level], unet.NumHeadChannels[level]);
            if (attends && (head == 0 || channels % head != 0))
            {
                yield return $"unet.num_head_channels[{level}]: {head} does not divide the level's {channels} channels";
            }
        }
    }

    private static IEnumerable<string> Levels(string part, IReadOnlyList<int> channels, int groups)
    {
        if (channels.Count is 0 or > MaxLevels)
        {
            yield return $"{part}.num_channels: has {channels.Count} levels, 1 to {MaxLevels} are possible";
        }

        for (int level = 0; level < channels.Count; level++)
        {
            if (channels[level] % groups != 0)
            {
                yield return $"{part}.num_channels[{level}]: {channels[level]} is not divisible by {part}.norm_num_groups ({groups})";
            }
        }
    }

    private static IEnumerable<string> TextEncoder(TextEncoderConfiguration encoder)
    {
        if (encoder.HiddenSize % encoder.NumAttentionHeads != 0)
        {
            yield return $"text_encoder.hidden_size: {encoder.HiddenSize} is not divisible by text_encoder.num_attention_heads "
                + $"({encoder.NumAttentionHeads})";
        }
    }

    private static IEnumerable<string> Scheduler(SchedulerConfiguration scheduler)
    {
        if (scheduler.BetaEnd < scheduler.BetaStart)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"scheduler.beta_end: {scheduler.BetaEnd} is less than scheduler.beta_start ({scheduler.BetaStart})"
            );
        }
    }

    private static IEnumerable<string> Grounding(ModelConfiguration configuration)
    {
        GroundingConfiguration grounding = configuration.Grounding;
        int trainSteps = configuration.Scheduler.NumTrainTimesteps;
        if (grounding.NumInferenceSteps > trainSteps)
        {
            yield return $"grounding.num_inference_steps: {grounding.NumInferenceSteps} is more than scheduler.num_train_timesteps "
                + $"({trainSteps})";
            yield break;
        }

        // "Trailing" spacing takes every (train / steps)-th time step, so that 300 of 1000 are really 334.
        int stride = trainSteps / grounding.NumInferenceSteps;
        int steps = (trainSteps + stride - 1) / stride;
        if (grounding.StepRange.Count != 2)
        {
            yield return $"grounding.step_range: has {grounding.StepRange.Count} numbers, two are needed (first, one past the last)";
        }
        else if (grounding.StepRange[0] >= grounding.StepRange[1] || grounding.StepRange[1] > steps)
        {
            yield return $"grounding.step_range: [{grounding.StepRange[0]}, {grounding.StepRange[1]}] is empty or leaves the {steps} "
                + $"inference steps";
        }

        int layerCount = configuration.UNet.CrossAttentionLayerCount;
        if (grounding.Layers.Count == 0)
        {
            yield return "grounding.layers: is empty, at least one cross-attention layer is needed";
        }

        foreach (int layer in grounding.Layers.Where(layer => layer >= layerCount))
        {
            yield return $"grounding.layers: {layer} does not exist, the U-Net has cross-attention layers 0 to {layerCount - 1}";
        }

        for (int i = 1; i < grounding.Layers.Count; i++)
        {
            if (grounding.Layers[i] <= grounding.Layers[i - 1])
            {
                yield return $"grounding.layers: {grounding.Layers[i]} after {grounding.Layers[i - 1]}; layers are listed once each, "
                    + $"ascending";
            }
        }
    }

    private static IEnumerable<string> Sizes(ModelConfiguration configuration)
    {
        if (configuration.UNet.InChannels != configuration.Vae.LatentChannels)
        {
            yield return $"unet.in_channels: {configuration.UNet.InChannels} is not vae.latent_channels "
                + $"({configuration.Vae.LatentChannels})";
        }

        if (configuration.UNet.CrossAttentionDim != configuration.TextEncoder.HiddenSize)
        {
            yield return $"unet.cross_attention_dim: {configuration.UNet.CrossAttentionDim} is not text_encoder.hidden_size "
                + $"({configuration.TextEncoder.HiddenSize})";
        }

        if (configuration.Vae.NumChannels.Count is > 0 and <= MaxLevels && configuration.UNet.NumChannels.Count is > 0 and <= MaxLevels)
        {
            int factor = configuration.SideMultiple;
            if (configuration.Image.Size % factor != 0)
            {
                yield return $"image.size: {configuration.Image.Size} is not divisible by {factor} (VAE and U-Net halve it "
                    + $"{configuration.Vae.NumChannels.Count - 1} and {configuration.UNet.NumChannels.Count - 1} times)";
            }
        }
    }
}
