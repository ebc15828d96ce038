using CxrOnnx.Core.Configuration;

namespace CxrOnnx.Exporter.Models;

/// <summary>The U-Net's blocks by path, in module order: down, middle, up.</summary>
internal static class UNetBlocks
{
    /// <summary>Path of the middle block.</summary>
    public const string Middle = "middle_block";

    /// <summary>Path of a down block.</summary>
    public static string Down(int level) => FormattableString.Invariant($"down_blocks.{level}");

    /// <summary>Path of an up block, numbered from the coarsest level.</summary>
    public static string Up(int number) => FormattableString.Invariant($"up_blocks.{number}");

    /// <summary>Path of every residual block, and the channels that leave it.</summary>
    public static IReadOnlyList<(string Path, int Channels)> Residual(UNetConfiguration configuration)
    {
        List<(string, int)> blocks = [];
        int last = configuration.NumChannels.Count - 1;
        for (int level = 0; level <= last; level++)
        {
            for (int i = 0; i < configuration.NumResBlocks; i++)
            {
                blocks.Add((FormattableString.Invariant($"{Down(level)}.resnets.{i}"), configuration.NumChannels[level]));
            }
        }

        blocks.Add(($"{Middle}.resnet_1", configuration.NumChannels[last]));
        blocks.Add(($"{Middle}.resnet_2", configuration.NumChannels[last]));
        for (int level = last; level >= 0; level--)
        {
            for (int i = 0; i <= configuration.NumResBlocks; i++)
            {
                blocks.Add((FormattableString.Invariant($"{Up(last - level)}.resnets.{i}"), configuration.NumChannels[level]));
            }
        }

        return blocks;
    }

    /// <summary>Path of every cross-attention, and its channels.</summary>
    public static IReadOnlyList<(string Path, int Channels)> CrossAttention(UNetConfiguration configuration)
    {
        List<(string, int)> layers = [];
        int last = configuration.NumChannels.Count - 1;
        void Add(string transformer, int level)
        {
            for (int i = 0; i < configuration.TransformerNumLayers; i++)
            {
                layers.Add((FormattableString.Invariant($"{transformer}.transformer_blocks.{i}.attn2"), configuration.NumChannels[level]));
            }
        }

        void AddAll(string block, int level, int count)
        {
            for (int i = 0; configuration.AttentionLevels[level] && i < count; i++)
            {
                Add(FormattableString.Invariant($"{block}.attentions.{i}"), level);
            }
        }

        for (int level = 0; level <= last; level++)
        {
            AddAll(Down(level), level, configuration.NumResBlocks);
        }

        Add($"{Middle}.attention", last);
        for (int level = last; level >= 0; level--)
        {
            AddAll(Up(last - level), level, configuration.NumResBlocks + 1);
        }

        return layers;
    }
}
