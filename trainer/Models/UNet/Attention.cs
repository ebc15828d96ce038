using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Models;

/// <summary>
/// Multi-head attention softmax(Q K^T / sqrt(d)) V (Vaswani et al. 2017, arXiv:1706.03762, Eq. 1) without biases on the projections. The weights are
/// a step of their own, because they are this product's result.
/// </summary>
internal sealed class Attention : nn.Module
{
    private readonly int heads;

    [ComponentName(Name = "to_q")]
    private readonly Linear toQuery;

    [ComponentName(Name = "to_k")]
    private readonly Linear toKey;

    [ComponentName(Name = "to_v")]
    private readonly Linear toValue;

    [ComponentName(Name = "to_out")]
    private readonly Sequential toOutput;

    public Attention(int queryChannels, int keyChannels, int heads)
        : base(nameof(Attention))
    {
        this.heads = heads;
        toQuery = nn.Linear(queryChannels, queryChannels, hasBias: false);
        toKey = nn.Linear(keyChannels, queryChannels, hasBias: false);
        toValue = nn.Linear(keyChannels, queryChannels, hasBias: false);
        toOutput = nn.Sequential(nn.Linear(queryChannels, queryChannels));
        RegisterComponents();
    }

    /// <summary>Fused attention, for layers whose weights nobody wants. [B, Q, C], [B, S, K] -> [B, Q, C].</summary>
    public Tensor Attend(Tensor queries, Tensor keys)
    {
        Tensor attended = nn.functional.scaled_dot_product_attention(
            Heads.Split(toQuery.call(queries), heads), Heads.Split(toKey.call(keys), heads), Heads.Split(toValue.call(keys), heads));
        return toOutput.call(Heads.Merge(attended));
    }

    /// <summary>The attention weights. [B, Q, C], [B, S, K] -> [B, heads, Q, S]; each row sums to 1.</summary>
    public Tensor Probabilities(Tensor queries, Tensor keys)
    {
        Tensor query = Heads.Split(toQuery.call(queries), heads);
        Tensor key = Heads.Split(toKey.call(keys), heads);
        return softmax(matmul(query, key.transpose(-2, -1)).Times(1 / Math.Sqrt(query.shape[3])), dim: -1);
    }

    /// <summary>What <see cref="Attend"/> gives, from weights that are already there. [B, heads, Q, S], [B, S, K] -> [B, Q, C].</summary>
    public Tensor Apply(Tensor probabilities, Tensor keys) =>
        toOutput.call(Heads.Merge(matmul(probabilities, Heads.Split(toValue.call(keys), heads))));
}
