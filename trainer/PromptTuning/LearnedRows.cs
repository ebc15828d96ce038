using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Training;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.PromptTuning;

/// <summary>The embedding rows that learn; everything else of the model is a constant.</summary>
public sealed class LearnedRows : nn.Module
{
#pragma warning disable IDE0044, CA1051 // TorchSharp finds parameters by field
    [ComponentName(Name = "weight")]
    private Parameter _weight;
#pragma warning restore IDE0044, CA1051
    private readonly Tensor _table;
    private readonly Tensor _index;

    /// <summary>Starts from the model's own rows.</summary>
    /// <param name="model">Frozen model.</param>
    /// <param name="ids">Ids (full vocabulary) of the rows that learn, ascending.</param>
    public LearnedRows(LatentDiffusionModel model, IReadOnlyList<long> ids)
        : base(nameof(LearnedRows))
    {
        Ids = ids;
        using IDisposable noGrad = no_grad();
        _table = model.TextEncoder.TokenEmbedding.detach().clone();
        _index = tensor(model.Vocabulary.Rows(ids), dtype: ScalarType.Int64).MoveTo(model.Device);
        _weight = new Parameter(_table.Select(0, _index));
        RegisterComponents();
    }

    /// <summary>Ids of the rows.</summary>
    public IReadOnlyList<long> Ids { get; }

    /// <summary>The rows. float32 [Ids, W] on the model's device; owned by this object.</summary>
    public Tensor Weight => _weight;

    /// <summary>Token embeddings of prompts with the learned rows in place.</summary>
    /// <param name="rows">Rows of the compact table. int64 [B, S].</param>
    /// <returns>float32 [B, S, W], differentiable in the learned rows; owned by the caller.</returns>
    public Tensor Embed(Tensor rows)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor table = _table.WithRows(_index, _weight);
        return table.Select(0, rows.reshape(-1)).view(rows.shape[0], rows.shape[1], -1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _table.Dispose();
            _index.Dispose();
        }

        base.Dispose(disposing);
    }
}
