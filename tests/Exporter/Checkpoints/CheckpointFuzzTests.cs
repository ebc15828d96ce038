using CxrOnnx.Checkpoints;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Exporter.Tests.Checkpoints;

/// <summary>Changed checkpoints are read or refused; nothing else comes of them.</summary>
[Trait("Category", "slow")]
public sealed class CheckpointFuzzTests : IDisposable
{
    private const int Files = 1500;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("zip")]
    [InlineData("legacy")]
    [InlineData("safetensors")]
    public void Open_ChangedBytes_GivesTensorsOrOneLine(string kind)
    {
        byte[] good = Seed(kind);
        string path = _folder.File($"fuzz.{kind}");
        File.WriteAllBytes(path, good);
        Assert.NotEmpty(ReadAll(path));
        Random random = new(kind.Length);
        int refused = ChangedBytes.ReadAll(
            kind,
            ChangedBytes.Count(Files),
            _ =>
            {
                File.WriteAllBytes(path, ChangedBytes.Of(good, random));
                try
                {
                    ReadAll(path);
                    return true;
                }
                catch (ArtifactException exception)
                {
                    Assert.DoesNotContain('\n', exception.Message);
                    return false;
                }
            }
        );
        Assert.NotEqual(0, refused);
    }

    private static List<byte[]> ReadAll(string path)
    {
        using NormalizedStateDict file = StateDict.Normalize(CheckpointFile.Open(path));
        return [.. file.Tensors.Keys.Select(name => file.ReadBytes(name))];
    }

    private byte[] Seed(string kind)
    {
        string path = _folder.File("seed");
        byte[] storage = [.. Enumerable.Range(0, 24).SelectMany(i => BitConverter.GetBytes((float)i))];
        PickleBuilder content = new();
        content.Dictionary(
            "state_dict",
            inner => inner.Dictionary("conv.weight", tensor => tensor.Tensor("FloatStorage", 24, 0, [4, 6], [6, 1]))
        );
        switch (kind)
        {
            case "zip":
                content.Save(path, storage);
                break;
            case "legacy":
                File.WriteAllBytes(
                    path,
                    [
                        .. new PickleBuilder()
                            .Raw(0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19)
                            .Opcode('.')
                            .ToArray(),
                        .. new PickleBuilder().Integer(1001).Opcode('.').ToArray(),
                        .. new PickleBuilder().Dictionary("little_endian", value => value.Raw(0x88)).Opcode('.').ToArray(),
                        .. content.Opcode('.').ToArray(),
                        .. new PickleBuilder().Opcode(']').Text("0").Opcode('a').Opcode('.').ToArray(),
                        .. BitConverter.GetBytes(24L),
                        .. storage,
                    ]
                );
                break;
            default:
                byte[] head = "{\"conv.weight\":{\"dtype\":\"F32\",\"shape\":[4,6],\"data_offsets\":[0,96]}} "u8.ToArray();
                File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)head.Length), .. head, .. storage]);
                break;
        }

        return File.ReadAllBytes(path);
    }
}
