using CxrOnnx.Core;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Models.Layers;
using CxrOnnx.Trainer.Native;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Models.Vae;

/// <summary>
/// The variational autoencoder between images and latents: <c>AutoencoderKL</c> of MONAI GenerativeModels without attention, with its
/// state-dict keys. f is <see cref="VaeConfiguration.DownsamplingFactor"/>. Not thread-safe.
/// </summary>
public sealed class AutoencoderKL : nn.Module
{
    // Bounds of the log-variance before the exponential (Rombach et al. 2022, arXiv:2112.10752, reference code).
    private const double MinLogVariance = -30;
    private const double MaxLogVariance = 20;

    [ComponentName(Name = "encoder")]
    private readonly BlockSequence _encoder;

    [ComponentName(Name = "decoder")]
    private readonly BlockSequence _decoder;

    [ComponentName(Name = "quant_conv_mu")]
    private readonly ConvolutionBlock _quantMean;

    [ComponentName(Name = "quant_conv_log_sigma")]
    private readonly ConvolutionBlock _quantLogVariance;

    [ComponentName(Name = "post_quant_conv")]
    private readonly ConvolutionBlock _postQuant;

    /// <summary>
    /// Builds the modules with PyTorch's default initialisation; see <see cref="WeightInitialization"/> for a seeded one.
    /// </summary>
    public AutoencoderKL(VaeConfiguration configuration)
        : base(nameof(AutoencoderKL))
    {
        Configuration = configuration;
        _encoder = new BlockSequence([.. EncoderBlocks(configuration)]);
        _decoder = new BlockSequence([.. DecoderBlocks(configuration)]);
        int latent = configuration.LatentChannels;
        _quantMean = new ConvolutionBlock(latent, latent, kernelSize: 1);
        _quantLogVariance = new ConvolutionBlock(latent, latent, kernelSize: 1);
        _postQuant = new ConvolutionBlock(latent, latent, kernelSize: 1);
        RegisterComponents();
    }

    /// <summary>The sizes that this model was built with.</summary>
    public VaeConfiguration Configuration { get; }

    /// <summary>Posterior of the latents given an image.</summary>
    /// <param name="image">float [B, C, H, W] in [0, 1]; H and W are multiples of f. Read only.</param>
    /// <returns>
    /// Mean and standard deviation, float [B, Cz, H/f, W/f] each, not yet multiplied by the latent scale; owned by the caller.
    /// </returns>
    /// <exception cref="InputException">The shape does not fit the configuration.</exception>
    public (Tensor Mean, Tensor Sigma) Encode(Tensor image)
    {
        int factor = Configuration.DownsamplingFactor;
        if (image.dim() != 4 || image.shape[1] != Configuration.InChannels || image.shape[2] % factor != 0 || image.shape[3] % factor != 0)
        {
            throw new InputException(
                $"image of shape [{string.Join(", ", image.shape)}], wanted [B, {Configuration.InChannels}, H, W] with H and W "
                    + $"multiples of {factor}"
            );
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = _encoder.call(image);
        Tensor mean = _quantMean.call(hidden);
        Tensor sigma = _quantLogVariance
            .call(hidden)
            .Limited(logVariance => logVariance.Within(MinLogVariance, MaxLogVariance))
            .DividedBy(2)
            .exp();
        return scope.MoveToOuter(mean, sigma);
    }

    /// <summary>Image of some latents.</summary>
    /// <param name="latents">float [B, Cz, h, w], divided by the latent scale. Read only.</param>
    /// <returns>float [B, C, h * f, w * f], not clipped; owned by the caller.</returns>
    /// <exception cref="InputException">The shape does not fit the configuration.</exception>
    public Tensor Decode(Tensor latents)
    {
        if (latents.dim() != 4 || latents.shape[1] != Configuration.LatentChannels)
        {
            throw new InputException(
                $"latents of shape [{string.Join(", ", latents.shape)}], wanted [B, {Configuration.LatentChannels}, h, w]"
            );
        }

        using Tensor hidden = _postQuant.call(latents);
        return _decoder.call(hidden);
    }

    private static IEnumerable<nn.Module<Tensor, Tensor>> EncoderBlocks(VaeConfiguration configuration)
    {
        IReadOnlyList<int> channels = configuration.NumChannels;
        int current = channels[0];
        yield return new ConvolutionBlock(configuration.InChannels, current, kernelSize: 3, padding: 1);
        for (int level = 0; level < channels.Count; level++)
        {
            for (int i = 0; i < configuration.NumResBlocks; i++)
            {
                yield return new VaeResidualBlock(current, channels[level], configuration.NormNumGroups);
                current = channels[level];
            }

            if (level < channels.Count - 1)
            {
                yield return new VaeDownsample(current);
            }
        }

        yield return Normalization.Group(configuration.NormNumGroups, current);
        yield return new ConvolutionBlock(current, configuration.LatentChannels, kernelSize: 3, padding: 1);
    }

    private static IEnumerable<nn.Module<Tensor, Tensor>> DecoderBlocks(VaeConfiguration configuration)
    {
        IReadOnlyList<int> channels = configuration.NumChannels;
        int current = channels[^1];
        yield return new ConvolutionBlock(configuration.LatentChannels, current, kernelSize: 3, padding: 1);
        for (int level = channels.Count - 1; level >= 0; level--)
        {
            for (int i = 0; i < configuration.NumResBlocks; i++)
            {
                yield return new VaeResidualBlock(current, channels[level], configuration.NormNumGroups);
                current = channels[level];
            }

            if (level > 0)
            {
                yield return new NearestUpsample(current);
            }
        }

        yield return Normalization.Group(configuration.NormNumGroups, current);
        yield return new ConvolutionBlock(current, configuration.OutChannels, kernelSize: 3, padding: 1);
    }

    /// <summary>Layers one after the other, under <c>blocks.N</c>; each result is freed as soon as the next one is there.</summary>
    private sealed class BlockSequence : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "blocks")]
        private readonly ModuleList<nn.Module<Tensor, Tensor>> _blocks;

        public BlockSequence(nn.Module<Tensor, Tensor>[] blocks)
            : base(nameof(BlockSequence))
        {
            _blocks = nn.ModuleList(blocks);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            Tensor current = input;
            foreach (nn.Module<Tensor, Tensor> block in _blocks)
            {
                Tensor next = block.call(current);
                if (!ReferenceEquals(current, input))
                {
                    current.Dispose();
                }

                current = next;
            }

            return current;
        }
    }
}
