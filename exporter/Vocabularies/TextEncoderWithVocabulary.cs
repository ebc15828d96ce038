using System.Runtime.InteropServices;
using CxrOnnx.Checkpoints;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Exporter.Models;

namespace CxrOnnx.Exporter.Vocabularies;

/// <summary>
/// A text encoder's state dict whose token embedding table is the one the bundle needs: the whole table with learned rows in place, or only
/// the rows of a closed vocabulary. Every other tensor is passed through.
/// </summary>
internal sealed class TextEncoderWithVocabulary : ITensorFile
{
    // Rows that were not learned are copies of the text encoder's; half precision on the way explains no more than this.
    private const float CopyTolerance = 1e-3f;

    private readonly ITensorFile _file;
    private readonly IReadOnlyList<long>? _closedIds;
    private readonly CodebookFile? _codebook;
    private readonly Dictionary<string, TensorInfo> _tensors;

    /// <summary>Creates the view; it does not own <paramref name="file"/>.</summary>
    /// <param name="file">State dict of the text encoder.</param>
    /// <param name="closedIds">Ids whose rows are kept, in row order; null keeps all.</param>
    /// <param name="codebook">Learned rows, if any.</param>
    public TextEncoderWithVocabulary(ITensorFile file, IReadOnlyList<long>? closedIds, CodebookFile? codebook)
    {
        _file = file;
        _closedIds = closedIds;
        _codebook = codebook;
        TensorInfo table = file.InfoOf(TextEncoderGraph.TokenEmbeddingKey);
        _tensors = new Dictionary<string, TensorInfo>(file.Tensors)
        {
            [table.Name] = new(table.Name, TensorDataType.F32, [closedIds?.Count ?? table.Shape[0], table.Shape[1]]),
        };
    }

    /// <inheritdoc/>
    public string Source => _file.Source;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata => _file.Metadata;

    /// <inheritdoc/>
    public void Read(string name, Span<byte> destination)
    {
        if (name != TextEncoderGraph.TokenEmbeddingKey)
        {
            _file.Read(name, destination);
            return;
        }

        Span<float> table = MemoryMarshal.Cast<byte, float>(destination);
        if (_closedIds is null)
        {
            _file.ReadFloat32(name, table);
            PutRows(table);
            return;
        }

        float[] whole = _file.ReadFloat32(name);
        PutRows(whole);
        int width = table.Length / _closedIds.Count;
        for (int row = 0; row < _closedIds.Count; row++)
        {
            whole.AsSpan(checked((int)_closedIds[row] * width), width).CopyTo(table[(row * width)..]);
        }
    }

    /// <inheritdoc/>
    public void Dispose() { }

    private void PutRows(Span<float> table)
    {
        if (_codebook is null)
        {
            return;
        }

        int width = _codebook.Rows.Length / _codebook.TokenIds.Length;
        List<string> strangers = [];
        foreach ((int index, long id) in _codebook.TokenIds.Index())
        {
            ReadOnlySpan<float> row = _codebook.Rows.AsSpan(index * width, width);
            Span<float> place = table.Slice(checked((int)id * width), width);
            if (_codebook.Learned[index])
            {
                row.CopyTo(place);
            }
            else if (!Near(row, place))
            {
                strangers.Add(_codebook.Tokens[index]);
            }
        }

        if (strangers.Count > 0)
        {
            throw new ArtifactException(
                $"{_codebook.Source}: was tuned with another text encoder than {Source}: rows that were not learned differ "
                    + $"({string.Join(", ", strangers.Take(5))}{(strangers.Count > 5 ? ", ..." : "")}); give the text encoder it was "
                    + $"tuned with"
            );
        }
    }

    private static bool Near(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        for (int i = 0; i < left.Length; i++)
        {
            if (!(MathF.Abs(left[i] - right[i]) <= CopyTolerance * MathF.Max(1, MathF.Abs(right[i]))))
            {
                return false;
            }
        }

        return true;
    }
}
