using CxrOnnx.Core;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Trainer.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Models.UNet;

/// <summary>
/// The denoiser: <c>DiffusionModelUNet</c> of MONAI GenerativeModels with cross-attention conditioning (Rombach et al. 2022,
/// arXiv:2112.10752) and its state-dict keys. Any layer's attention probabilities can be had as differentiable results. Not thread-safe.
/// </summary>
public sealed class DiffusionModelUNet : nn.Module
{
    [ComponentName(Name = "conv_in")]
    private readonly ConvolutionBlock _convIn;

    [ComponentName(Name = "time_embed")]
    private readonly Sequential _timeEmbedding;

    [ComponentName(Name = "down_blocks")]
    private readonly ModuleList<DownBlock> _downBlocks;

    [ComponentName(Name = "middle_block")]
    private readonly MiddleBlock _middleBlock;

    [ComponentName(Name = "up_blocks")]
    private readonly ModuleList<UpBlock> _upBlocks;

    [ComponentName(Name = "out")]
    private readonly Sequential _output;

    /// <summary>
    /// Builds the modules with PyTorch's default initialisation; see <see cref="WeightInitialization"/> for the reference's, seeded.
    /// </summary>
    public DiffusionModelUNet(UNetConfiguration configuration)
        : base(nameof(DiffusionModelUNet))
    {
        Configuration = configuration;
        IReadOnlyList<int> channels = configuration.NumChannels;
        int groups = configuration.NormNumGroups;
        int timeChannels = 4 * channels[0];
        int layers = 0;
        int NextLayer() => layers++;
        TransformerShape? TransformerOf(int level) => configuration.AttentionLevels[level] ? Transformer(configuration, level) : null;

        _convIn = new ConvolutionBlock(configuration.InChannels, channels[0], kernelSize: 3, padding: 1);
        _timeEmbedding = nn.Sequential(nn.Linear(channels[0], timeChannels), nn.SiLU(), nn.Linear(timeChannels, timeChannels));

        // The channels of the states that the encoder half leaves for the decoder half, which takes them in the opposite order.
        Stack<int> skips = new([channels[0]]);
        int current = channels[0];
        List<DownBlock> down = [];
        for (int level = 0; level < channels.Count; level++)
        {
            bool last = level == channels.Count - 1;
            int[] sizes = [current, .. Enumerable.Repeat(channels[level], configuration.NumResBlocks)];
            down.Add(new DownBlock(sizes, timeChannels, groups, TransformerOf(level), NextLayer, !last));
            current = channels[level];
            for (int i = 0; i < configuration.NumResBlocks + (last ? 0 : 1); i++)
            {
                skips.Push(current);
            }
        }

        _middleBlock = new MiddleBlock(timeChannels, Transformer(configuration, channels.Count - 1), NextLayer);

        List<UpBlock> up = [];
        for (int level = channels.Count - 1; level >= 0; level--)
        {
            List<int> sizes = [];
            for (int i = 0; i <= configuration.NumResBlocks; i++)
            {
                sizes.Add(current + skips.Pop());
                current = channels[level];
            }

            up.Add(new UpBlock(sizes, current, timeChannels, groups, TransformerOf(level), NextLayer, upsample: level > 0));
        }

        _downBlocks = nn.ModuleList([.. down]);
        _upBlocks = nn.ModuleList([.. up]);
        _output = nn.Sequential(
            Normalization.Group(groups, channels[0]),
            nn.SiLU(),
            new ConvolutionBlock(channels[0], configuration.OutChannels, kernelSize: 3, padding: 1)
        );
        RegisterComponents();
    }

    /// <summary>The sizes that this model was built with.</summary>
    public UNetConfiguration Configuration { get; }

    /// <summary>One evaluation.</summary>
    /// <param name="sample">
    /// Noisy latents, float [B, C, h, w], already multiplied by the latent scale; h and w multiples of 2^(levels - 1). Read only.
    /// </param>
    /// <param name="timesteps">int64 [B], or [1] for one time step for the whole batch. Read only.</param>
    /// <param name="encoderHiddenStates">Context vectors, float [B, S, cross-attention width]. Read only.</param>
    /// <param name="attentionLayers">
    /// Cross-attention layers in module order, counted from 0, whose probabilities are wanted; null for none.
    /// </param>
    /// <param name="stopAfterLastAttention">Run nothing beyond the softmax of the last of those layers; there is no sample then.</param>
    /// <returns>Prediction and probabilities, owned by the caller (or by the dispose scope around the call).</returns>
    /// <exception cref="InputException">Shapes or layers do not fit the configuration.</exception>
    public UNetOutput Forward(
        Tensor sample,
        Tensor timesteps,
        Tensor encoderHiddenStates,
        IReadOnlyCollection<int>? attentionLayers = null,
        bool stopAfterLastAttention = false
    )
    {
        Validate(sample, timesteps, encoderHiddenStates, attentionLayers ??= [], stopAfterLastAttention);
        using DisposeScope scope = NewDisposeScope();
        AttentionRequest request = new(attentionLayers, stopAfterLastAttention, scope);
        Tensor? prediction = Predict(sample, timesteps, encoderHiddenStates, request);
        scope.MoveToOuter(request.Maps.Values);
        return new UNetOutput(prediction is null ? null : scope.MoveToOuter(prediction), request.Maps);
    }

    private static TransformerShape Transformer(UNetConfiguration configuration, int level) =>
        new(
            configuration.NumChannels[level],
            configuration.NumHeadChannels[level],
            configuration.CrossAttentionDim,
            configuration.TransformerNumLayers,
            configuration.NormNumGroups
        );

    private Tensor? Predict(Tensor sample, Tensor timesteps, Tensor context, AttentionRequest request)
    {
        Tensor features = TimestepEmbedding.Of(timesteps, Configuration.NumChannels[0]).to(sample.dtype);
        Tensor activatedTime = nn.functional.silu(_timeEmbedding.call(features));
        Tensor? hidden = _convIn.call(sample);
        Stack<Tensor> skips = new([hidden]);
        foreach (DownBlock block in _downBlocks)
        {
            hidden = block.Forward(hidden, activatedTime, context, request, skips);
            if (hidden is null)
            {
                return null;
            }
        }

        hidden = _middleBlock.Forward(hidden, activatedTime, context, request);
        foreach (UpBlock block in _upBlocks)
        {
            if (hidden is null)
            {
                return null;
            }

            hidden = block.Forward(hidden, activatedTime, context, request, skips);
        }

        return hidden is null ? null : _output.call(hidden);
    }

    private void Validate(Tensor sample, Tensor timesteps, Tensor context, IReadOnlyCollection<int> layers, bool stop)
    {
        int factor = 1 << (Configuration.NumChannels.Count - 1);
        if (
            sample.dim() != 4
            || sample.shape[1] != Configuration.InChannels
            || sample.shape[2] % factor != 0
            || sample.shape[3] % factor != 0
        )
        {
            throw new InputException(
                $"latents of shape {Text(sample)}, wanted [B, {Configuration.InChannels}, h, w] with h and w multiples of {factor}"
            );
        }

        long batch = sample.shape[0];
        if (timesteps.dim() != 1 || (timesteps.shape[0] != batch && timesteps.shape[0] != 1) || timesteps.dtype != ScalarType.Int64)
        {
            throw new InputException($"time steps {timesteps.dtype} {Text(timesteps)}, wanted Int64 [{batch}] or [1]");
        }

        if (context.dim() != 3 || context.shape[0] != batch || context.shape[2] != Configuration.CrossAttentionDim)
        {
            throw new InputException($"context of shape {Text(context)}, wanted [{batch}, S, {Configuration.CrossAttentionDim}]");
        }

        int count = Configuration.CrossAttentionLayerCount;
        int[] unknown = [.. layers.Where(layer => layer < 0 || layer >= count)];
        if (unknown.Length > 0)
        {
            throw new InputException($"attention layers {string.Join(", ", unknown)}; this U-Net has layers 0 to {count - 1}");
        }

        if (stop && layers.Count == 0)
        {
            throw new InputException("asked to stop after the last attention, but no attention layer is wanted; name at least one");
        }

        static string Text(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";
    }
}
