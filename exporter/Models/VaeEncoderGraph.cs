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
    /// <param name="dialect">How it is written.</param>
    /// <param name="configuration">The autoencoder.</param>
    /// <param name="latentScale">Factor of the posterior mean.</param>
    /// <param name="weights">Its weights.</param>
    public static GraphBuilder Build(Dialect dialect, VaeConfiguration configuration, double latentScale, PartWeights weights)
    {
        GraphBuilder graph = new(dialect);
        Value image = graph.Input(
            "image",
            "float32",
            "batch",
            FormattableString.Invariant($"{configuration.InChannels}"),
            "image_height",
            "image_width"
        );
        graph.Output(
            "latents",
            Add(graph, configuration, latentScale, weights, image),
            "batch",
            FormattableString.Invariant($"{configuration.LatentChannels}"),
            "latent_height",
            "latent_width"
        );
        return graph;
    }

    /// <summary>Adds the encoder to a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="configuration">The autoencoder.</param>
    /// <param name="latentScale">Factor of the posterior mean.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="image">[B, 1, H, W] in [0, 1].</param>
    /// <returns>The latents, [B, Cz, h, w].</returns>
    public static Value Add(GraphBuilder graph, VaeConfiguration configuration, double latentScale, PartWeights weights, Value image)
    {
        Module vae = new(graph, weights);
        Dialect dialect = graph.Dialect;
        int next = 0;
        Module NextBlock() => vae[FormattableString.Invariant($"encoder.blocks.{next++}")];

        FeatureMap x = dialect.Map(Convolution.Same3x3(NextBlock(), dialect.Enter(vae["image"], image)));
        for (int level = 0; level < configuration.NumChannels.Count; level++)
        {
            for (int i = 0; i < configuration.NumResBlocks; i++)
            {
                x = ResnetBlock.Vae(NextBlock(), x, configuration.NormNumGroups);
            }

            if (level < configuration.NumChannels.Count - 1)
            {
                x = dialect.Map(Resampling.DownsampleBottomRight(NextBlock(), x.Value));
            }
        }

        // The reference has no activation between the last normalisation and the last convolution.
        Value normalized = x.Normalize(NextBlock(), configuration.NormNumGroups, silu: false);
        Value moments = Convolution.Pointwise(vae["quant_conv_mu"], Convolution.Same3x3(NextBlock(), normalized));
        return vae.Multiply(dialect.Leave(vae["latents"], moments), graph.Scalar((float)latentScale));
    }
}
