using CxrOnnx.Core.Configuration;

namespace CxrOnnx.Checkpoints.StateDicts;

/// <summary>State-dict names and shapes of MONAI GenerativeModels' <c>AutoencoderKL</c> without attention.</summary>
public static class VaeStateDict
{
    /// <summary>Every tensor of the model in module order.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<long>> Shapes(VaeConfiguration configuration)
    {
        ShapeList list = new();
        IReadOnlyList<int> channels = configuration.NumChannels;
        Stack(list, "encoder.blocks", configuration.NumResBlocks, configuration.InChannels, channels, configuration.LatentChannels);
        Stack(
            list,
            "decoder.blocks",
            configuration.NumResBlocks,
            configuration.LatentChannels,
            [.. channels.Reverse()],
            configuration.OutChannels
        );
        list.Convolution("quant_conv_mu", configuration.LatentChannels, configuration.LatentChannels, 1);
        list.Convolution("quant_conv_log_sigma", configuration.LatentChannels, configuration.LatentChannels, 1);
        list.Convolution("post_quant_conv", configuration.LatentChannels, configuration.LatentChannels, 1);
        return list.Shapes;
    }

    /// <summary>
    /// Encoder and decoder are the same flat list of blocks: convolution, residual blocks with a resampling convolution after each level
    /// but the last, normalisation, convolution.
    /// </summary>
    private static void Stack(ShapeList list, string path, int blocksPerLevel, int inputs, IReadOnlyList<int> channels, int outputs)
    {
        int index = 0;
        list.Convolution($"{path}.{index++}", inputs, channels[0], 3);
        int current = channels[0];
        for (int level = 0; level < channels.Count; level++)
        {
            for (int block = 0; block < blocksPerLevel; block++)
            {
                ResidualBlock(list, $"{path}.{index++}", current, channels[level]);
                current = channels[level];
            }

            if (level < channels.Count - 1)
            {
                list.Convolution($"{path}.{index++}.conv", current, current, 3);
            }
        }

        list.Norm($"{path}.{index++}", current);
        list.Convolution($"{path}.{index}", current, outputs, 3);
    }

    private static void ResidualBlock(ShapeList list, string path, int inputs, int outputs)
    {
        list.Norm($"{path}.norm1", inputs);
        list.Convolution($"{path}.conv1", inputs, outputs, 3);
        list.Norm($"{path}.norm2", outputs);
        list.Convolution($"{path}.conv2", outputs, outputs, 3);
        if (inputs != outputs)
        {
            list.Convolution($"{path}.nin_shortcut", inputs, outputs, 1);
        }
    }
}
