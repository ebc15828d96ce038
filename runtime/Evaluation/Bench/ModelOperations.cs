using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Evaluation.Bench;

/// <summary>
/// Floating-point operations of the networks, counted from the configuration: two (a multiplication and an addition) per weight used in
/// convolutions, linear layers and attention products. Normalisations, activations and additions are left out; in these networks they are
/// below a hundredth.
/// </summary>
public static class ModelOperations
{
    /// <summary>One evaluation of the whole U-Net on one sample.</summary>
    /// <param name="configuration">The U-Net.</param>
    /// <param name="latents">Size of the latents (h, w); both sides divisible by 2^(levels - 1).</param>
    /// <param name="context">Tokens of the prompt (S).</param>
    public static double UNet(UNetConfiguration configuration, GridSize latents, int context) =>
        new UNetOperations(configuration, latents, context, throughLayer: null).Count();

    /// <summary>One evaluation on one sample that ends at the attention probabilities of a cross-attention layer.</summary>
    /// <param name="configuration">The U-Net.</param>
    /// <param name="latents">Size of the latents (h, w).</param>
    /// <param name="context">Tokens of the prompt (S).</param>
    /// <param name="throughLayer">The last layer whose probabilities are wanted, in module order from 0.</param>
    public static double UNetThrough(UNetConfiguration configuration, GridSize latents, int context, int throughLayer) =>
        throughLayer >= 0 && throughLayer < configuration.CrossAttentionLayerCount
            ? new UNetOperations(configuration, latents, context, throughLayer).Count()
            : throw new ArgumentOutOfRangeException(
                nameof(throughLayer),
                throughLayer,
                $"the U-Net has {configuration.CrossAttentionLayerCount} layers"
            );

    /// <summary>
    /// What an evaluation on one sample computes before the prompt comes in, up to the queries of the first cross-attention: part of
    /// <see cref="UNet"/> and <see cref="UNetThrough"/>, computed once for several prompts where they share the sample.
    /// </summary>
    /// <param name="configuration">The U-Net.</param>
    /// <param name="latents">Size of the latents (h, w).</param>
    /// <param name="context">Tokens of the prompt (S).</param>
    public static double UNetBeforePrompt(UNetConfiguration configuration, GridSize latents, int context) =>
        new UNetOperations(configuration, latents, context, throughLayer: null).CountBeforePrompt();

    /// <summary>The encoder of the autoencoder on one image.</summary>
    /// <param name="configuration">The autoencoder.</param>
    /// <param name="image">Size of the image (H, W).</param>
    public static double VaeEncoder(VaeConfiguration configuration, GridSize image)
    {
        double cells = image.CellCount;
        int channels = configuration.NumChannels[0];
        double sum = Convolution(3, configuration.InChannels, channels, cells);
        for (int level = 0; level < configuration.NumChannels.Count; level++)
        {
            int outputs = configuration.NumChannels[level];
            for (int i = 0; i < configuration.NumResBlocks; i++)
            {
                sum += Convolution(3, channels, outputs, cells) + Convolution(3, outputs, outputs, cells);
                if (channels != outputs)
                {
                    sum += Convolution(1, channels, outputs, cells);
                }

                channels = outputs;
            }

            if (level == configuration.NumChannels.Count - 1)
            {
                continue;
            }

            cells /= 4;
            sum += Convolution(3, channels, channels, cells);
        }

        return sum
            + Convolution(3, channels, configuration.LatentChannels, cells)
            + Convolution(1, configuration.LatentChannels, configuration.LatentChannels, cells);
    }

    /// <summary>The text encoder on one prompt.</summary>
    /// <param name="configuration">The text encoder.</param>
    public static double TextEncoder(TextEncoderConfiguration configuration)
    {
        double tokens = configuration.MaxPositionEmbeddings;
        double width = configuration.HiddenSize;
        double projections = 4 * Linear(width, width, tokens);
        double attention = 2 * Linear(width, tokens, tokens);
        return configuration.NumHiddenLayers * (projections + attention + (2 * Linear(width, configuration.IntermediateSize, tokens)));
    }

    /// <summary>
    /// One image with a number of phrases; the empty prompt is encoded once per program and does not count.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="trajectory">Evaluations of the whole U-Net.</param>
    /// <param name="steps">Truncated evaluations per phrase.</param>
    /// <param name="phrases">Phrases.</param>
    /// <param name="samples">How often the truncated U-Net's part before the prompt comes in is computed.</param>
    public static double Grounding(ModelConfiguration model, int trajectory, int steps, int phrases, int samples)
    {
        GridSize image = GridSize.Square(model.Image.Size);
        GridSize latents = image.DividedBy(model.Vae.DownsamplingFactor);
        int context = model.TextEncoder.MaxPositionEmbeddings;
        double beforePrompt = UNetBeforePrompt(model.UNet, latents, context);
        double behind = UNetThrough(model.UNet, latents, context, model.Grounding.Layers.Max()) - beforePrompt;
        return VaeEncoder(model.Vae, image)
            + (phrases * TextEncoder(model.TextEncoder))
            + (trajectory * UNet(model.UNet, latents, context))
            + (samples * beforePrompt)
            + ((double)steps * phrases * behind);
    }

    /// <summary>A convolution that gives <paramref name="cells"/> cells.</summary>
    internal static double Convolution(int kernel, double inputs, double outputs, double cells) =>
        2.0 * kernel * kernel * inputs * outputs * cells;

    /// <summary>A matrix product on <paramref name="rows"/> rows.</summary>
    internal static double Linear(double inputs, double outputs, double rows) => 2 * inputs * outputs * rows;
}
