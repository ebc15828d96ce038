using System.Text.RegularExpressions;
using CxrOnnx.Checkpoints.StateDicts;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Checkpoints;

/// <summary>
/// A checkpoint under the names of MONAI GenerativeModels and Hugging Face. Made by <see cref="StateDict.Normalize"/>; disposing it closes
/// the checkpoint. Thread-safe.
/// </summary>
/// <remarks>
/// MONAI core (1.4 and later) renamed, without changing any value: the output projection of the U-Net's attentions (<c>to_out.0</c> became
/// <c>out_proj</c>) and the convolution behind an upsampling (<c>conv</c> became <c>postconv</c>); it can also store the query, key and
/// value projections of a self-attention as one matrix (<c>qkv</c>), which is cut into three again here.
/// </remarks>
public sealed partial class NormalizedStateDict : ITensorFile
{
    private const string PositionIds = "text_model.embeddings.position_ids";

    private static readonly string[] Projections = ["to_q", "to_k", "to_v"];

    private readonly ITensorFile _file;
    private readonly OrderedDictionary<string, TensorInfo> _tensors = [];
    private readonly Dictionary<string, Origin> _origins = [];

    internal NormalizedStateDict(ITensorFile file)
    {
        _file = file;
        List<string> notes = [];
        string prefix = CommonPrefix(file.Tensors.Keys);
        if (prefix.Length > 0)
        {
            notes.Add($"removed '{prefix}' from every name");
        }

        int renamed = 0;
        foreach (TensorInfo info in file.Tensors.Values)
        {
            string name = info.Name[prefix.Length..];
            if (name == PositionIds)
            {
                notes.Add($"left out '{PositionIds}', which is only 0, 1, 2, ...");
                continue;
            }

            string normalized = OutputProjection().Replace(UpsamplingConvolution().Replace(name, ".conv.conv."), "${attention}.to_out.0.");
            renamed += normalized == name ? 0 : 1;
            if (CombinedProjection().IsMatch(name) && info.Shape is [long rows, ..] && rows % 3 == 0)
            {
                renamed++;
                AddThirds(info, normalized);
            }
            else
            {
                Add(info with { Name = normalized }, new Origin(info.Name, 0));
            }
        }

        notes.Insert(0, LayoutNote(_tensors.Keys, renamed));
        if (file is ICheckpoint { Notes: { Count: > 0 } chosen })
        {
            notes.InsertRange(0, chosen);
        }

        Notes = notes;
    }

    /// <summary>Where it lies in the checkpoint: see <see cref="ICheckpoint.Key"/>.</summary>
    public string Key => _file is ICheckpoint chosen ? chosen.Key : "";

    /// <summary>What was seen and done: the layout of the names, what was removed or left out.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <inheritdoc/>
    public string Source => _file.Source;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata => _file.Metadata;

    /// <summary>The name under which a tensor is stored in the checkpoint.</summary>
    /// <exception cref="ArtifactException">There is no such tensor.</exception>
    public string StoredName(string name) => _origins[this.InfoOf(name).Name].Name;

    /// <inheritdoc/>
    public void Read(string name, Span<byte> destination)
    {
        TensorInfo info = this.InfoOf(name);
        Origin origin = _origins[name];
        if (_file.Tensors[origin.Name].ByteCount == info.ByteCount)
        {
            _file.Read(origin.Name, destination);
            return;
        }

        if (destination.Length != info.ByteCount)
        {
            throw new ArgumentException(
                $"tensor '{name}' has {info.ByteCount} bytes, the buffer {destination.Length}",
                nameof(destination)
            );
        }

        _file.ReadBytes(origin.Name).AsSpan((int)(origin.Part * info.ByteCount), destination.Length).CopyTo(destination);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>A combined projection has the rows of query, key and value one behind the other.</summary>
    private void AddThirds(TensorInfo info, string name)
    {
        IReadOnlyList<long> shape = [info.Shape[0] / 3, .. info.Shape.Skip(1)];
        for (int part = 0; part < Projections.Length; part++)
        {
            string partName = name.Replace(".qkv.", $".{Projections[part]}.", StringComparison.Ordinal);
            Add(new TensorInfo(partName, info.DataType, shape), new Origin(info.Name, part));
        }
    }

    private void Add(TensorInfo info, Origin origin)
    {
        if (!_tensors.TryAdd(info.Name, info))
        {
            throw new ArtifactException(
                $"{Source}: '{_origins[info.Name].Name}' and '{origin.Name}' are both the tensor '{info.Name}'; the file mixes two "
                    + $"layouts, save the model again"
            );
        }

        _origins.Add(info.Name, origin);
    }

    /// <summary>Prefixes that wrappers for parallel or compiled training put before every name.</summary>
    private static string CommonPrefix(IEnumerable<string> names)
    {
        List<string> all = [.. names];
        string prefix = "";
        while (
            all.Count > 0
            && Array.Find(["module.", "_orig_mod."], next => all.All(name => name.StartsWith(prefix + next, StringComparison.Ordinal)))
                is { } found
        )
        {
            prefix += found;
        }

        return prefix;
    }

    private static string LayoutNote(ICollection<string> names, int renamed)
    {
        if (renamed > 0)
        {
            return $"names of MONAI core (1.4 or later); {renamed} mapped to those of MONAI GenerativeModels";
        }

        if (names.Any(name => name.StartsWith("text_model.", StringComparison.Ordinal)))
        {
            return "names of Hugging Face CLIPTextModel";
        }

        return names.Any(name =>
            name.Contains(".to_out.0.", StringComparison.Ordinal) || name.Contains(".conv.conv.", StringComparison.Ordinal)
        )
            ? "names of MONAI GenerativeModels"
            : "names that are the same in all known layouts, or unknown";
    }

    [GeneratedRegex(@"\.postconv\.conv\.")]
    private static partial Regex UpsamplingConvolution();

    [GeneratedRegex(@"(?<attention>transformer_blocks\.\d+\.attn[12])\.out_proj\.")]
    private static partial Regex OutputProjection();

    [GeneratedRegex(@"transformer_blocks\.\d+\.attn1\.qkv\.weight$")]
    private static partial Regex CombinedProjection();

    /// <summary>The stored tensor, and which third of its rows.</summary>
    private readonly record struct Origin(string Name, int Part);
}
