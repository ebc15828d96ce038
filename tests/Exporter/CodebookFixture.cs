using System.Text.Json;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Exporter.Tests;

/// <summary>Writes codebook files as prompt tuning does.</summary>
internal static class CodebookFixture
{
    public static string Write(
        string path,
        long[] ids,
        float[] rows,
        byte[] learned,
        string format = "cxronnx.codebook.v1",
        string[]? tokens = null
    )
    {
        int width = ids.Length == 0 ? 0 : rows.Length / ids.Length;
        SafetensorsWriter.Write(
            path,
            [
                TensorPayload.Int64("token_ids", [ids.Length], ids),
                TensorPayload.Float32("token_embedding.weight", [ids.Length, width], rows),
                TensorPayload.Bytes(new TensorInfo("learned", TensorDataType.U8, [learned.Length]), learned),
            ],
            new Dictionary<string, string>
            {
                ["format"] = format,
                ["tokens"] = JsonSerializer.Serialize(tokens ?? [.. ids.Select(id => $"token{id}</w>")]),
            }
        );
        return path;
    }

    /// <summary>Rows of a text encoder's own table; those flagged as learned are shifted.</summary>
    public static float[] Rows(string textEncoder, long[] ids, byte[] learned)
    {
        using SafetensorsFile file = SafetensorsFile.Open(textEncoder);
        float[] table = file.ReadFloat32("text_model.embeddings.token_embedding.weight");
        int width = (int)file.Tensors["text_model.embeddings.token_embedding.weight"].Shape[1];
        return
        [
            .. ids.Index()
                .SelectMany(entry =>
                    table
                        .AsSpan((int)entry.Item * width, width)
                        .ToArray()
                        .Select(value => learned[entry.Index] != 0 ? value + 0.25f : value)
                ),
        ];
    }
}
