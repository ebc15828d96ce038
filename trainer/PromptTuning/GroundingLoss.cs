using CxrOnnx.Core;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Native;
using CxrOnnx.Trainer.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.PromptTuning;

/// <summary>
/// The weak supervision of prompt tuning (arXiv:2506.10633, section 3.2, Eq. 2-4): tokens of one prompt shall look at different places
/// (L_div), and together they shall look where the prompt's location is (L_loc). Batched over samples N, time steps T and layers L; D
/// cells, S context positions. Stateless and thread-safe.
/// </summary>
public sealed class GroundingLoss(GroundingLossSettings settings)
{
    // Keeps the division of a zero map by its norm finite, as PyTorch's normalize and cosine_similarity do.
    private const double NormalizeEpsilon = 1e-12;
    private const double CosineEpsilon = 1e-8;

    /// <summary>With the paper's weights.</summary>
    public GroundingLoss()
        : this(new GroundingLossSettings()) { }

    /// <summary>The weights in use.</summary>
    public GroundingLossSettings Settings => settings;

    /// <summary>Attention maps of a batched evaluation in the order that <see cref="Compute"/> wants.</summary>
    /// <param name="maps">Per layer, float [N * T, D, S], samples outermost; every layer with the same D.</param>
    /// <param name="layers">The layers to take, in order.</param>
    /// <param name="samples">N.</param>
    /// <returns>float [N, T, L, D, S]; differentiable, owned by the caller.</returns>
    /// <exception cref="InputException">A layer is missing, or the layers' grids differ.</exception>
    public static Tensor Stack(IReadOnlyDictionary<int, Tensor> maps, IReadOnlyList<int> layers, long samples)
    {
        if (layers.FirstOrDefault(layer => !maps.ContainsKey(layer), -1) is >= 0 and int missing)
        {
            throw new InputException($"no attention of layer {missing}; there are layers {string.Join(", ", maps.Keys.Order())}");
        }

        if (layers.Count == 0 || layers.Select(layer => maps[layer].shape[1]).Distinct().Count() > 1)
        {
            throw new InputException(
                $"layers with one grid wanted, got cells {string.Join(", ", layers.Select(layer => $"{layer}: {maps[layer].shape[1]}"))}"
            );
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor stacked = stack([.. layers.Select(layer => maps[layer])], dim: 1);
        long[] shape = stacked.shape; // N*T, L, D, S
        return scope.MoveToOuter(stacked.reshape(samples, shape[0] / samples, shape[1], shape[2], shape[3]));
    }

    /// <summary>Both losses and their weighted sum.</summary>
    /// <param name="attention">A: softmax probabilities, float [N, T, L, D, S].</param>
    /// <param name="tokens">
    /// Which positions are the prompt's own tokens, bool [N, S] on the CPU: BoS, EoS, padding and "and" excluded. At least one per sample.
    /// </param>
    /// <param name="target">
    /// G per sample, float [N, D] on the device of the attention; see <see cref="GaussianMap.Render"/>. Constant in the gradient.
    /// </param>
    /// <exception cref="InputException">Shapes disagree, or a sample has no token.</exception>
    public GroundingLossResult Compute(Tensor attention, Tensor tokens, Tensor target)
    {
        Validate(attention, tokens, target);
        using DisposeScope scope = NewDisposeScope();

        // Positions that are special in every sample are left out at once: 77 positions hold a handful of tokens. Which ones is found out
        // on the CPU, so that nobody waits for the device.
        Tensor columns = tokens.any(0).nonzero().flatten();
        Tensor mask = tokens.index_select(1, columns).to(attention.dtype).MoveTo(attention.device); // N, S'
        Tensor maps = attention.Select(4, columns.MoveTo(attention.device));
        Tensor divergence = Divergence(maps, mask);
        Tensor mean = TokenMean(maps, mask);
        Tensor location = Location(mean, target);
        Tensor total = divergence.Times(settings.DivergenceWeight).Plus(location.Times(settings.LocationWeight)).mean();
        scope.MoveToOuter(total, divergence, location);
        return new GroundingLossResult(total, divergence, location);
    }

    /// <summary>A_sp: the mean over a prompt's own tokens.</summary>
    /// <param name="attention">float [N, T, L, D, S].</param>
    /// <param name="tokens">The prompt's own tokens, 1 or 0 (or bool), [N, S].</param>
    /// <returns>float [N, T, L, D].</returns>
    public static Tensor TokenMean(Tensor attention, Tensor tokens)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor mask = tokens.to(attention.dtype);
        Tensor weights = mask / mask.sum(1, keepdim: true);
        return scope.MoveToOuter((attention * weights.unsqueeze(1).unsqueeze(1).unsqueeze(1)).sum(-1));
    }

    /// <summary>trg = 1[G > threshold] A_sp + alpha G, without gradient.</summary>
    /// <param name="tokenMean">A_sp, float [N, T, L, D].</param>
    /// <param name="target">G, float [N, D].</param>
    /// <returns>float [N, T, L, D].</returns>
    public Tensor Target(Tensor tokenMean, Tensor target)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor gaussian = target.unsqueeze(1).unsqueeze(1);
        return scope.MoveToOuter(
            (gaussian.IsAbove(settings.MaskThreshold).to(tokenMean.dtype) * tokenMean.detach()).Plus(gaussian.Times(settings.Alpha))
        );
    }

    /// <summary>Mean over t, l and ordered pairs i != j of cos^2(A_i, A_j); 0 for a single token. [N].</summary>
    private static Tensor Divergence(Tensor maps, Tensor mask)
    {
        Tensor normalized = maps / maps.Norm(3, keepDimension: true).Limited(norm => norm.AtLeast(NormalizeEpsilon));
        Tensor similarity = matmul(normalized.transpose(3, 4), normalized).Squared(); // N, T, L, S', S'
        // N, S', S'.
        Tensor pairs = mask.unsqueeze(2) * mask.unsqueeze(1) * eye(mask.shape[1], dtype: mask.dtype, device: mask.device).OneMinus();
        Tensor count = pairs.sum([1, 2]).AtLeast(1);
        Tensor perStep = (similarity * pairs.unsqueeze(1).unsqueeze(1)).sum([3, 4]); // N, T, L
        return perStep.mean([1, 2]) / count;
    }

    /// <summary>Mean over t, l of 1 - cos(A_sp, trg). [N].</summary>
    private Tensor Location(Tensor mean, Tensor target)
    {
        Tensor wanted = Target(mean, target);
        Tensor norms = (mean.Norm(3) * wanted.Norm(3)).Limited(norm => norm.AtLeast(CosineEpsilon));
        return ((mean * wanted).sum(3) / norms).OneMinus().mean([1, 2]);
    }

    private static void Validate(Tensor attention, Tensor tokens, Tensor target)
    {
        if (
            attention.dim() != 5
            || tokens.dim() != 2
            || target.dim() != 2
            || tokens.dtype != ScalarType.Bool
            || tokens.device.type != DeviceType.CPU
            || tokens.shape[0] != attention.shape[0]
            || tokens.shape[1] != attention.shape[4]
            || target.shape[0] != attention.shape[0]
            || target.shape[1] != attention.shape[3]
        )
        {
            throw new InputException(
                $"attention {Text(attention)}, tokens {tokens.dtype} {Text(tokens)}, target {Text(target)}; wanted [N, T, L, D, S], "
                    + $"Bool [N, S] on the CPU, [N, D]"
            );
        }

        using Tensor counts = tokens.sum(1);
        using Tensor least = counts.min();
        if (least.item<long>() == 0)
        {
            throw new InputException(
                "a prompt without tokens of its own: nothing can be grounded; every row of the token mask needs a true position"
            );
        }

        static string Text(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";
    }
}
