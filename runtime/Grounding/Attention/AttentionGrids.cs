using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Grounding.Attention;

/// <summary>Where the cross-attention layers sit in the U-Net.</summary>
public static class AttentionGrids
{
    /// <summary>
    /// Resolution level of every cross-attention layer, in module order (down, middle, up); level l halves the latents l times.
    /// </summary>
    /// <param name="configuration">The U-Net.</param>
    public static IReadOnlyList<int> Levels(UNetConfiguration configuration)
    {
        List<int> levels = [];
        int last = configuration.NumChannels.Count - 1;
        for (int level = 0; level <= last; level++)
        {
            Add(level, configuration.AttentionLevels[level], configuration.NumResBlocks);
        }

        Add(last, present: true, blocks: 1);
        for (int level = last; level >= 0; level--)
        {
            Add(level, configuration.AttentionLevels[level], configuration.NumResBlocks + 1);
        }

        return levels;

        void Add(int level, bool present, int blocks)
        {
            if (present)
            {
                levels.AddRange(Enumerable.Repeat(level, blocks * configuration.TransformerNumLayers));
            }
        }
    }

    /// <summary>Attention grid of one layer.</summary>
    /// <param name="configuration">The U-Net.</param>
    /// <param name="latents">Size of the latents.</param>
    /// <param name="layer">Layer in module order, from 0.</param>
    public static GridSize Of(UNetConfiguration configuration, GridSize latents, int layer) =>
        latents.DividedBy(1 << Levels(configuration)[layer]);
}
