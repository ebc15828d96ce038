using System.Buffers.Binary;
using CxrOnnx.Checkpoints.Torch;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Checkpoints;

/// <summary>
/// Opens checkpoints of any supported format, told apart by content: safetensors, PyTorch's zip format (1.6 and later) and its legacy
/// format. Pickles are read by a machine that executes nothing. Dictionaries wrapped as <c>{"state_dict" | "model": ...}</c> are unwrapped;
/// names are otherwise as stored (see <see cref="StateDict.Normalize"/>).
/// </summary>
public static class CheckpointFile
{
    /// <summary>Opens a checkpoint; only its directory is read, tensors follow one at a time.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArtifactException">The file is missing, damaged, of another format, or refers to code.</exception>
    public static ITensorFile Open(string path)
    {
        ArtifactStream file = ArtifactStream.Open(path);
        try
        {
            byte[] head = new byte[Math.Min(16, file.Length)];
            file.ReadExactly(0, head);
            if (head.AsSpan().StartsWith("PK"u8))
            {
                return TorchFile.OpenZip(file);
            }

            // The length at the start of a safetensors file may look like the start of a pickle (0x80 0x03 ...), but no pickle goes on with
            // zeros.
            bool length = head.Length > 8 && BinaryPrimitives.ReadUInt64LittleEndian(head) <= SafetensorsFile.LongestHeader;
            if (!length && head is [0x80, >= 1 and <= 5, ..])
            {
                return TorchFile.OpenLegacy(file);
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
