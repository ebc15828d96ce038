using System.Text.Json;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;

namespace CxrOnnx.Checkpoints;

/// <summary>
/// The codebook of prompt tuning: token ids, their embedding rows, and which of them were learned. Safetensors with <c>token_ids</c> int64
/// [N], <c>token_embedding.weight</c> float32 [N, W] and <c>learned</c> uint8 [N]; metadata <c>format</c> and <c>tokens</c>, a JSON array
/// of the sub-tokens.
/// </summary>
public sealed class CodebookFile
{
    /// <summary>Value of the metadata entry <c>format</c>.</summary>
    public const string Format = "cxronnx.codebook.v1";

    private const string Way = "make it with 'cxr-lab tune'";

    private CodebookFile(string source, long[] tokenIds, float[] rows, bool[] learned, IReadOnlyList<string> tokens)
    {
        Source = source;
        TokenIds = tokenIds;
        Rows = rows;
        Learned = learned;
        Tokens = tokens;
    }

    /// <summary>File name, for messages.</summary>
    public string Source { get; }

    /// <summary>CLIP ids, one per row.</summary>
    public long[] TokenIds { get; }

    /// <summary>[N, W], row-major.</summary>
    public float[] Rows { get; }

    /// <summary>Whether each row was learned.</summary>
    public bool[] Learned { get; }

    /// <summary>Sub-token text of each row.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>The learned tokens.</summary>
    public IReadOnlyList<BundleToken> LearnedTokens =>
        [.. TokenIds.Index().Where(entry => Learned[entry.Index]).Select(entry => new BundleToken((int)entry.Item, Tokens[entry.Index]))];

    /// <summary>Reads and checks a codebook file.</summary>
    /// <param name="path">Safetensors file.</param>
    /// <param name="vocabularySize">Rows of the text encoder's table (V); ids must be below it.</param>
    /// <param name="width">W.</param>
    /// <exception cref="ArtifactException">It is not a codebook, or does not fit the text encoder; every problem at once.</exception>
    public static CodebookFile Read(string path, int vocabularySize, int width)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        List<string> problems = [];
        if (file.Metadata.GetValueOrDefault("format") is not Format and var format)
        {
            throw new ArtifactException(
                $"{path}: is not a codebook (metadata 'format' is '{format ?? "missing"}', wanted '{Format}'); {Way}"
            );
        }

        StateDict.Check(
            file,
            new Dictionary<string, IReadOnlyList<long>>
            {
                ["token_ids"] = file.Tensors.GetValueOrDefault("token_ids")?.Shape ?? [0],
                ["token_embedding.weight"] = [RowCount(file), width],
                ["learned"] = [RowCount(file)],
            }
        );

        long[] tokenIds = file.ReadInt64("token_ids");
        float[] rows = file.ReadFloat32("token_embedding.weight");
        bool[] learned = [.. file.ReadInt64("learned").Select(flag => flag != 0)];
        string[] tokens = ReadTokens(file);
        if (tokenIds.Length == 0)
        {
            problems.Add("it has no rows");
        }

        if (tokenIds.Distinct().Count() != tokenIds.Length)
        {
            problems.Add("token_ids holds an id twice");
        }

        foreach (long id in tokenIds.Where(id => id < 0 || id >= vocabularySize))
        {
            problems.Add(FormattableString.Invariant($"token id {id} is outside the text encoder's {vocabularySize} rows"));
        }

        if (tokens.Length != tokenIds.Length)
        {
            problems.Add(FormattableString.Invariant($"{tokens.Length} token names for {tokenIds.Length} ids"));
        }

        if (rows.Any(value => !float.IsFinite(value)))
        {
            problems.Add("token_embedding.weight holds NaN or infinite values");
        }

        return problems.Count == 0
            ? new CodebookFile(path, tokenIds, rows, learned, tokens)
            : throw new ArtifactException($"{path}: {string.Join("; ", problems)}; {Way}");
    }

    /// <summary>Writes a codebook.</summary>
    /// <param name="path">File.</param>
    /// <param name="tokens">Id and sub-token of every row, ascending by id.</param>
    /// <param name="rows">float32 [N, W], row-major.</param>
    /// <param name="learned">Ids of the learned rows.</param>
    /// <param name="metadata">Further metadata: settings, step.</param>
    /// <exception cref="ArgumentException">The rows do not divide evenly between the tokens.</exception>
    public static void Write(
        string path,
        IReadOnlyList<(long Id, string Token)> tokens,
        float[] rows,
        IReadOnlyCollection<long> learned,
        IReadOnlyDictionary<string, string> metadata
    )
    {
        if (tokens.Count == 0 || rows.Length % tokens.Count != 0)
        {
            throw new ArgumentException($"{rows.Length} values for {tokens.Count} tokens", nameof(rows));
        }

        TensorInfo learnedInfo = new("learned", TensorDataType.U8, [tokens.Count]);
        SafetensorsWriter.Write(
            path,
            [
                TensorPayload.Int64("token_ids", [tokens.Count], tokens.Select(token => token.Id).ToArray()),
                TensorPayload.Float32("token_embedding.weight", [tokens.Count, rows.Length / tokens.Count], rows),
                TensorPayload.Bytes(learnedInfo, tokens.Select(token => learned.Contains(token.Id) ? (byte)1 : (byte)0).ToArray()),
            ],
            new Dictionary<string, string>(metadata)
            {
                ["format"] = Format,
                ["tokens"] = JsonSerializer.Serialize(tokens.Select(token => token.Token)),
            }
        );
    }

    private static long RowCount(SafetensorsFile file) => file.Tensors.GetValueOrDefault("token_ids")?.ElementCount ?? 0;

    private static string[] ReadTokens(SafetensorsFile file)
    {
        try
        {
            return JsonSerializer.Deserialize<string[]>(file.Metadata.GetValueOrDefault("tokens", "[]")) ?? [];
        }
        catch (JsonException exception)
        {
            throw new ArtifactException($"{file.Source}: metadata 'tokens' is not a JSON list of strings; {Way}", exception);
        }
    }
}
