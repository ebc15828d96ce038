using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Models.Layers;
using CxrOnnx.Trainer.Native;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Models.UNet;

/// <summary>
/// Multi-head attention softmax(Q K^T / sqrt(d)) V (Vaswani et al. 2017, arXiv:1706.03762, Eq. 1) without biases on the projections. The
/// weights are a step of their own, because they are this product's result.
/// </summary>
internal sealed class Attention : nn.Module
{
    private readonly int _heads;

    [ComponentName(Name = "to_q")]
    private readonly Linear _toQuery;

    [ComponentName(Name = "to_k")]
    private readonly Linear _toKey;

    [ComponentName(Name = "to_v")]
    private readonly Linear _toValue;

    [ComponentName(Name = "to_out")]
    private readonly Sequential _toOutput;

    public Attention(int queryChannels, int keyChannels, int heads)
        : base(nameof(Attention))
    {
        _heads = heads;
        _toQuery = nn.Linear(queryChannels, queryChannels, hasBias: false);
        _toKey = nn.Linear(keyChannels, queryChannels, hasBias: false);
        _toValue = nn.Linear(keyChannels, queryChannels, hasBias: false);
        _toOutput = nn.Sequential(nn.Linear(queryChannels, queryChannels));
        RegisterComponents();
    }

    /// <summary>Fused attention, for layers whose weights nobody wants. [B, Q, C], [B, S, K] -> [B, Q, C].</summary>
    public Tensor Attend(Tensor queries, Tensor keys)
    {
        Tensor attended = ShapeOnly.Attend(
            Heads.Split(_toQuery.call(queries), _heads),
            Heads.Split(_toKey.call(keys), _heads),
            Heads.Split(_toValue.call(keys), _heads)
        );
        return _toOutput.call(Heads.Merge(attended));
    }

    /// <summary>The attention weights. [B, Q, C], [B, S, K] -> [B, heads, Q, S]; each row sums to 1.</summary>
    public Tensor Probabilities(Tensor queries, Tensor keys)
    {
        Tensor query = Heads.Split(_toQuery.call(queries), _heads);
        Tensor key = Heads.Split(_toKey.call(keys), _heads);
        return softmax(matmul(query, key.transpose(-2, -1)).Times(1 / Math.Sqrt(query.shape[3])), dim: -1);
    }

    /// <summary>What <see cref="Attend"/> gives, from weights that are already there. [B, heads, Q, S], [B, S, K] -> [B, Q, C].</summary>
    public Tensor Apply(Tensor probabilities, Tensor keys) =>
        _toOutput.call(Heads.Merge(matmul(probabilities, Heads.Split(_toValue.call(keys), _heads))));
}
