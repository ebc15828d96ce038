using System.Buffers.Binary;
using CxrOnnx.Checkpoints.StateDicts;
using CxrOnnx.Checkpoints.Torch;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Checkpoints;

/// <summary>
/// Opens checkpoints of any supported format, told apart by content: safetensors, PyTorch's zip format (1.6 and later) and its legacy
/// format. Pickles are read by a machine that executes nothing. Dictionaries wrapped as <c>{"state_dict" | "model": ...}</c> are unwrapped,
/// and of plain and averaged weights the plain ones are taken; names are otherwise as stored (see <see cref="StateDict.Normalize"/>).
/// </summary>
public static class CheckpointFile
{
    /// <summary>Opens a checkpoint; only its directory is read, tensors follow one at a time.</summary>
    /// <param name="path">The file, or <c>FILE#KEY</c> for a state dict in it; see <see cref="CheckpointPath"/>.</param>
    /// <exception cref="ArtifactException">
    /// The file is missing, damaged, of another format, or refers to code; it holds several state dicts, or none under the key.
    /// </exception>
    public static ICheckpoint Open(string path)
    {
        CheckpointPath parsed = CheckpointPath.Parse(path);
        return Open(parsed.File, parsed.Key);
    }

    /// <summary>Opens a state dict of a checkpoint.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">
    /// Where the state dict lies in it, names separated by dots: dictionaries of the file, then the beginning of names; <c>.</c> is the
    /// top; null: the only one there is, the one under a usual name, and of plain and averaged weights the plain ones, which the notes say.
    /// </param>
    /// <exception cref="ArtifactException">As for <see cref="Open(string)"/>.</exception>
    public static ICheckpoint Open(string path, string? key)
    {
        ITensorFile file = OpenFile(path, key, out string prefix);
        try
        {
            string found = file is ICheckpoint known ? known.Key : "";
            IReadOnlyList<string> notes = file is ICheckpoint noted ? noted.Notes : [];
            if (prefix.Length > 0)
            {
                NamePrefixCheckpoint view = new(file, $"{prefix}.", AveragedWeights.Join(found, prefix), notes, _ => true);
                return view.Tensors.Count > 0
                    ? view
                    : throw new ArtifactException($"{path}: `key` {prefix}: no tensor's name begins with '{prefix}.'");
            }

            ITensorFile separated = key == TorchStateDict.TopKey ? file : AveragedWeights.Separate(file);
            return separated as ICheckpoint ?? new NamePrefixCheckpoint(separated, "", "", [], _ => true);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static ITensorFile OpenFile(string path, string? key, out string prefix)
    {
        prefix = key is null or TorchStateDict.TopKey ? "" : key;
        ArtifactStream file = ArtifactStream.Open(path);
        try
        {
            byte[] head = new byte[Math.Min(16, file.Length)];
            file.ReadExactly(0, head);
            if (head.AsSpan().StartsWith("PK"u8))
            {
                TorchFile zipped = TorchFile.OpenZip(file, key);
                prefix = zipped.NamePrefix;
                return zipped;
            }

            // The length at the start of a safetensors file may look like the start of a pickle (0x80 0x03 ...), but no pickle goes on with
            // zeros.
            bool length = head.Length > 8 && BinaryPrimitives.ReadUInt64LittleEndian(head) <= SafetensorsFile.LongestHeader;
            if (!length && head is [0x80, >= 1 and <= 5, ..])
            {
                TorchFile legacy = TorchFile.OpenLegacy(file, key);
                prefix = legacy.NamePrefix;
                return legacy;
            }

            file.Dispose();
            if (length || (head.Length > 8 && head[8] == (byte)'{'))
            {
                return SafetensorsFile.Open(path);
            }

            throw new ArtifactException(
                $"{path}: is neither a safetensors file nor one written by torch.save ({file.Length} bytes, beginning with "
                    + $"{Hexadecimal(head)})"
            );
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static string Hexadecimal(byte[] head) =>
        head.Length == 0 ? "nothing" : Convert.ToHexStringLower(head.AsSpan(0, Math.Min(8, head.Length)));
}
