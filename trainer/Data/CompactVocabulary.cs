using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Data;

/// <summary>
/// The few rows of CLIP's 49,408-row embedding table that the captions use. Training works on a table of just these rows;
/// <see cref="Scatter"/> puts them back where the tokenizer's ids point.
/// </summary>
public sealed class CompactVocabulary
{
    private readonly Dictionary<long, int> _rows;

    /// <summary>Collects the ids, whatever their order or repetition.</summary>
    public CompactVocabulary(IEnumerable<long> ids)
    {
        Ids = [.. ids.Distinct().Order()];
        _rows = Ids.Select((id, row) => (id, row)).ToDictionary(entry => entry.id, entry => entry.row);
    }

    /// <summary>The ids, ascending; row r of the compact table belongs to <c>Ids[r]</c>.</summary>
    public IReadOnlyList<long> Ids { get; }

    /// <summary>Translates ids to rows of the compact table.</summary>
    /// <exception cref="InputException">An id is not part of the vocabulary.</exception>
    public long[] Rows(IEnumerable<long> ids) =>
        [
            .. ids.Select(id =>
                _rows.TryGetValue(id, out int row)
                    ? (long)row
                    : throw new InputException(
                        $"token id {id} is not among the {Ids.Count} ids this model is trained on; use words of the standard prompts"
                    )
            ),
        ];

    /// <summary>The full table: the compact rows at their ids, seeded normal numbers of the same spread everywhere else.</summary>
    /// <param name="compact">float32 [Ids, W] on any device; read only.</param>
    /// <param name="vocabularySize">Rows of the full table.</param>
    /// <param name="seed">Seed of the other rows.</param>
    /// <returns>float32 [vocabularySize, W] on the CPU; owned by the caller.</returns>
    public Tensor Scatter(Tensor compact, int vocabularySize, long seed)
    {
        using IDisposable noGrad = no_grad();
        using Generator generator = new((ulong)seed);
        using DisposeScope scope = NewDisposeScope();
        Tensor full = randn([vocabularySize, compact.shape[1]], generator: generator).MultiplyInPlace(0.02);
        Tensor index = tensor(Ids.ToArray(), dtype: ScalarType.Int64);
        return scope.MoveToOuter(full.index_copy_(0, index, compact.detach().cpu()));
    }

    /// <summary>Reads the compact rows out of a full table.</summary>
    /// <param name="file">A text encoder checkpoint with Hugging Face names.</param>
    /// <param name="name">Name of the table.</param>
    /// <returns>float32 [Ids, W]; owned by the caller.</returns>
    public Tensor Gather(ITensorFile file, string name)
    {
        int width = checked((int)file.Tensors[name].Shape[1]);
        float[] full = file.ReadFloat32(name);
        float[] compact = new float[Ids.Count * width];
        for (int row = 0; row < Ids.Count; row++)
        {
            full.AsSpan(checked((int)(Ids[row] * width)), width).CopyTo(compact.AsSpan(row * width));
        }

        return tensor(compact, [Ids.Count, width], dtype: ScalarType.Float32);
    }
}
