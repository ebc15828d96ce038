using CxrOnnx.Core.Configuration;
using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Layers;

namespace CxrOnnx.Exporter.Models;

/// <summary>The encoder of the autoencoder (<c>AutoencoderKL</c> of MONAI GenerativeModels, without attention).</summary>
internal static class VaeEncoderGraph
{
    /// <summary>Name of the weights' part.</summary>
    public const string Part = "vae";

    /// <summary><c>image</c> [B, 1, H, W] in [0, 1] -> <c>latents</c> = posterior mean * latent scale.</summary>
    public static GraphBuilder Build(VaeConfiguration configuration, double latentScale, PartWeights weights)
    {
        GraphBuilder graph = new();
        Module vae = new(graph, weights);
        Value image = graph.Input(
            "image", "float32", "batch", FormattableString.Invariant($"{configuration.InChannels}"), "image_height", "image_width");
        int next = 0;
        Module NextBlock() => vae[FormattableString.Invariant($"encoder.blocks.{next++}")];

        Value x = Convolution.Same3x3(NextBlock(), image);
        for (int level = 0; level < configuration.NumChannels.Count; level++)
        {
            for (int i = 0; i < configuration.NumResBlocks; i++) x = ResnetBlock.Vae(NextBlock(), x, configuration.NormNumGroups);
            if (level < configuration.NumChannels.Count - 1) x = Resampling.DownsampleBottomRight(NextBlock(), x);
        }

        // The reference has no activation between the last normalisation and the last convolution.
        x = Normalization.Group(NextBlock(), x, configuration.NormNumGroups);
        x = Convolution.Same3x3(NextBlock(), x);
        Value mean = Convolution.Pointwise(vae["quant_conv_mu"], x);
        graph.Output(
            "latents",
            vae.Multiply(mean, graph.Scalar((float)latentScale)),
            "batch",
            FormattableString.Invariant($"{configuration.LatentChannels}"),
            "latent_height",
            "latent_width");
        return graph;
    }
}
