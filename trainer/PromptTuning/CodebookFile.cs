using System.Text.Json;
using CxrOnnx.Core.Artifacts;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.PromptTuning;

/// <summary>
/// The codebook as the exporter reads it: safetensors with <c>token_ids</c> int64 [N], <c>token_embedding.weight</c> float32 [N, W] and <c>learned</c>
/// uint8 [N]; metadata <c>format</c> and <c>tokens</c>, a JSON array of the sub-tokens.
/// </summary>
public static class CodebookFile
{
    /// <summary>Value of the metadata entry <c>format</c>.</summary>
    public const string Format = "cxronnx.codebook.v1";

    /// <summary>Writes a codebook.</summary>
    /// <param name="path">File.</param>
    /// <param name="tokens">Id and sub-token of every row, ascending by id.</param>
    /// <param name="rows">float32 [N, W]; read only.</param>
    /// <param name="learned">Ids of the learned rows.</param>
    /// <param name="metadata">Further metadata: settings, step.</param>
    public static void Write(
        string path, IReadOnlyList<(long Id, string Token)> tokens, Tensor rows, IReadOnlyCollection<long> learned,
        IReadOnlyDictionary<string, string> metadata)
    {
        using DisposeScope scope = NewDisposeScope();
        TensorInfo learnedInfo = new("learned", TensorDataType.U8, [tokens.Count]);
        SafetensorsWriter.Write(
            path,
            [
                TensorPayload.Int64("token_ids", [tokens.Count], tokens.Select(token => token.Id).ToArray()),
                TensorPayload.Float32("token_embedding.weight", rows.shape, rows.detach().contiguous().data<float>().ToArray()),
                TensorPayload.Bytes(learnedInfo, tokens.Select(token => learned.Contains(token.Id) ? (byte)1 : (byte)0).ToArray()),
            ],
            new Dictionary<string, string>(metadata)
            {
                ["format"] = Format,
                ["tokens"] = JsonSerializer.Serialize(tokens.Select(token => token.Token)),
            });
    }
}
