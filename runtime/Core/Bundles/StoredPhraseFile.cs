using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Core.Bundles;

/// <summary>
/// <c>phrases.safetensors</c>: the text encoder's states of phrases that are asked for often, so that they need neither tokenizer nor text
/// encoder. Per phrase i the tensors <c>i/input_ids</c> (int64 [S]) and <c>i/last_hidden_state</c> (float32 [S, W]), and
/// <c>empty/last_hidden_state</c> of the empty prompt; words, sub-tokens and positions are in the metadata. Thread-safe.
/// </summary>
public sealed class StoredPhraseFile : IDisposable
{
    /// <summary>Name in a bundle.</summary>
    public const string FileName = "phrases.safetensors";

    private const string Format = "cxronnx.phrases.v1";

    private static readonly PhraseAtlasContext Context = new(
        new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            AllowDuplicateProperties = false,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
        }
    );

    private readonly SafetensorsFile _file;
    private readonly Dictionary<string, int> _indices = [];

    private StoredPhraseFile(SafetensorsFile file, IReadOnlyList<StoredPhrase> phrases)
    {
        _file = file;
        Phrases = phrases;
        for (int i = 0; i < phrases.Count; i++)
        {
            _indices.Add(phrases[i].Phrase, i);
        }
    }

    /// <summary>The phrases, in file order.</summary>
    public IReadOnlyList<StoredPhrase> Phrases { get; }

    /// <summary>The file of a bundle; null where it has none.</summary>
    /// <exception cref="ArtifactException">It is damaged, belongs to other weights, or has other sizes.</exception>
    public static StoredPhraseFile? Of(Bundle bundle) =>
        bundle.Contains(FileName)
            ? Open(
                bundle.PathOf(FileName),
                BundleLayout.WeightsOf(bundle.Manifest)?.Sha256,
                bundle.Manifest.Model.TextEncoder.MaxPositionEmbeddings,
                bundle.Manifest.Model.UNet.CrossAttentionDim
            )
            : null;

    /// <summary>Opens a file and checks it; states are read when they are asked for.</summary>
    /// <param name="path">The file.</param>
    /// <param name="weightsSha256">Checksum of the weight file it has to belong to; null where there is none.</param>
    /// <param name="context">Tokens of a prompt (S).</param>
    /// <param name="width">Width of a state (W).</param>
    /// <exception cref="ArtifactException">It is damaged, belongs to other weights, or has other sizes.</exception>
    public static StoredPhraseFile Open(string path, string? weightsSha256, int context, int width)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        try
        {
            if (file.Metadata.GetValueOrDefault("format") != Format)
            {
                throw new ArtifactException($"{path}: its format is not {Format}; {Remedy}");
            }

            string? sha256 = file.Metadata.GetValueOrDefault("weights_sha256");
            if (!string.Equals(sha256, weightsSha256, StringComparison.OrdinalIgnoreCase))
            {
                throw new ArtifactException(
                    $"{path}: was computed with a weight file of SHA-256 {sha256}, this bundle's has {weightsSha256 ?? "none"}; {Remedy}"
                );
            }

            IReadOnlyList<PhraseEntry> entries =
                JsonSerializer.Deserialize(file.Metadata.GetValueOrDefault("phrases") ?? "null", Context.IReadOnlyListPhraseEntry)
                ?? throw new ArtifactException($"{path}: lists no phrases; {Remedy}");
            Check(file, Empty, TensorDataType.F32, [context, width]);
            HashSet<string> texts = [];
            List<StoredPhrase> phrases = [];
            foreach (PhraseEntry entry in entries)
            {
                Check(file, Ids(phrases.Count), TensorDataType.I64, [context]);
                Check(file, States(phrases.Count), TensorDataType.F32, [context, width]);
                bool inside =
                    entry.Positions.Count > 0
                    && entry.Positions.Count == entry.Tokens.Count
                    && entry.Positions.All(position => position >= 0 && position < context);
                if (!inside || !texts.Add(entry.Phrase))
                {
                    throw new ArtifactException(
                        $"{path}: phrase \"{Excerpt.Of(entry.Phrase)}\" is there twice, or its positions are not those of its "
                            + $"sub-tokens; {Remedy}"
                    );
                }

                phrases.Add(new StoredPhrase(entry.Phrase, file.ReadInt64(Ids(phrases.Count)), entry.Tokens, entry.Positions));
            }

            return new StoredPhraseFile(file, phrases);
        }
        catch (JsonException exception)
        {
            file.Dispose();
            throw new ArtifactException($"{path}: its list of phrases is damaged; {Remedy}", exception);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes a file (temporary sibling, then rename).</summary>
    /// <param name="path">The file.</param>
    /// <param name="weightsSha256">Checksum of the weight file that the states were computed with.</param>
    /// <param name="context">S.</param>
    /// <param name="phrases">The phrases and their states, float32 [S, W].</param>
    /// <param name="empty">States of the empty prompt, float32 [S, W].</param>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void Write(
        string path,
        string weightsSha256,
        int context,
        IReadOnlyList<(StoredPhrase Phrase, ReadOnlyMemory<float> States)> phrases,
        ReadOnlyMemory<float> empty
    )
    {
        long width = empty.Length / context;
        List<TensorPayload> tensors = [TensorPayload.Float32(Empty, [context, width], empty)];
        for (int i = 0; i < phrases.Count; i++)
        {
            tensors.Add(TensorPayload.Int64(Ids(i), [context], phrases[i].Phrase.Ids.ToArray()));
            tensors.Add(TensorPayload.Float32(States(i), [context, width], phrases[i].States));
        }

        IReadOnlyList<PhraseEntry> entries =
        [
            .. phrases.Select(item => new PhraseEntry(item.Phrase.Phrase, item.Phrase.Tokens, item.Phrase.Positions)),
        ];
        SafetensorsWriter.Write(
            path,
            tensors,
            new Dictionary<string, string>
            {
                ["format"] = Format,
                ["weights_sha256"] = weightsSha256,
                ["phrases"] = JsonSerializer.Serialize(entries, Context.IReadOnlyListPhraseEntry),
            }
        );
    }

    /// <summary>A phrase with exactly these words; null where there is none.</summary>
    public StoredPhrase? Find(string phrase) => _indices.TryGetValue(phrase, out int index) ? Phrases[index] : null;

    /// <summary>States of a phrase that <see cref="Find"/> gives, float32 [S, W], row-major; read anew at every call.</summary>
    /// <exception cref="ArtifactException">The file cannot be read.</exception>
    public float[] StatesOf(StoredPhrase phrase) => _file.ReadFloat32(States(_indices[phrase.Phrase]));

    /// <summary>States of the empty prompt, float32 [S, W], row-major.</summary>
    /// <exception cref="ArtifactException">The file cannot be read.</exception>
    public float[] EmptyStates() => _file.ReadFloat32(Empty);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private const string Remedy = "export the bundle again with `phrases`";
    private const string Empty = "empty/last_hidden_state";

    private static string Ids(int index) => string.Create(CultureInfo.InvariantCulture, $"{index}/input_ids");

    private static string States(int index) => string.Create(CultureInfo.InvariantCulture, $"{index}/last_hidden_state");

    private static void Check(SafetensorsFile file, string name, TensorDataType dataType, long[] shape)
    {
        if (!file.Tensors.TryGetValue(name, out TensorInfo? info) || info.DataType != dataType || !info.Shape.SequenceEqual(shape))
        {
            throw new ArtifactException(
                $"{file.Source}: tensor {name} is missing or not {dataType} [{string.Join(", ", shape)}]; {Remedy}"
            );
        }
    }
}

/// <summary>What the metadata says of a phrase.</summary>
internal sealed record PhraseEntry(string Phrase, IReadOnlyList<string> Tokens, IReadOnlyList<int> Positions);

/// <summary>Generated code instead of reflection.</summary>
[JsonSerializable(typeof(IReadOnlyList<PhraseEntry>))]
internal sealed partial class PhraseAtlasContext : JsonSerializerContext;
