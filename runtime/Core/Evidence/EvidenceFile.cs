using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;

namespace CxrOnnx.Core.Evidence;

/// <summary>
/// <c>evidence.json</c>: what <c>cxr-lab evidence</c> learned and measured, for <c>cxr-lab export --evidence</c>. Snake case, no unknown
/// fields.
/// </summary>
/// <param name="SchemaVersion">1.</param>
/// <param name="CreatedBy">Tool and version.</param>
/// <param name="WeightsSha256">SHA-256 of the weight file of the bundle it was learned with: it says nothing of another model.</param>
/// <param name="Preset">The preset whose attention it was learned with.</param>
/// <param name="Recipe">What a bundle's preset <c>evidence</c> holds.</param>
/// <param name="HeldOut">
/// How good the maps are on images that a fold did not learn from, by name: means over classes (<c>attention_cnr</c>, <c>evidence_cnr</c>,
/// <c>attention_miou</c>, ...).
/// </param>
public sealed record EvidenceFile(
    int SchemaVersion,
    string CreatedBy,
    string WeightsSha256,
    string Preset,
    EvidenceRecipe Recipe,
    IReadOnlyDictionary<string, double> HeldOut
)
{
    /// <summary>The schema this code reads and writes.</summary>
    public const int CurrentSchemaVersion = 1;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        IgnoreReadOnlyProperties = true,
    };

    /// <summary>Reads and checks a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">There is no such file, or it cannot be read.</exception>
    /// <exception cref="ArtifactException">It is damaged, of another schema version, or holds what cannot be.</exception>
    public static EvidenceFile Read(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Reads and checks a file's text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="ArtifactException">It is damaged, of another schema version, or holds what cannot be.</exception>
    public static EvidenceFile Parse(string json, string source)
    {
        const string again = "make it again with 'cxr-lab evidence'";
        try
        {
            EvidenceFile file =
                JsonSerializer.Deserialize<EvidenceFile>(json, Options) ?? throw new ArtifactException($"{source}: is null; {again}");
            string[] problems =
            [
                .. file.SchemaVersion == CurrentSchemaVersion
                    ? Array.Empty<string>()
                    : [$"schema_version: is {file.SchemaVersion}, {CurrentSchemaVersion} is known"],
                .. file.Recipe.Problems(),
            ];
            return problems.Length == 0 ? file : throw new ArtifactException($"{source}: {string.Join("; ", problems)}; {again}");
        }
        catch (JsonException exception)
        {
            throw new ArtifactException($"{source}: is no evidence file ({exception.Message.Split(". ")[0]}); {again}", exception);
        }
    }

    /// <summary>The evidence that a golden file's cases were computed with (<c>cxr-lab golden --evidence</c>).</summary>
    /// <param name="golden">The golden file.</param>
    /// <returns>Null where it has no such cases.</returns>
    /// <exception cref="ArtifactException">It is damaged.</exception>
    public static EvidenceFile? InGolden(ITensorFile golden) =>
        golden.Metadata.TryGetValue(EvidencePreset.Name, out string? json)
            ? Parse(json, $"{golden.Source}: metadata {EvidencePreset.Name}")
            : null;

    /// <summary>Writes the file (temporary sibling, then rename).</summary>
    /// <param name="path">Where to.</param>
    /// <exception cref="InputException">It cannot be written.</exception>
    public void Write(string path) => AtomicFile.WriteText(path, ToJson() + "\n");

    /// <summary>The file's text, without its end.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Options);

    /// <summary>Checks that it was learned with a bundle's weights.</summary>
    /// <param name="sha256">Checksum of the bundle's weight file; null where it has none.</param>
    /// <param name="source">Where the file comes from, for the message.</param>
    /// <exception cref="ArtifactException">It was learned with others.</exception>
    public void CheckWeights(string? sha256, string source)
    {
        if (!string.Equals(sha256, WeightsSha256, StringComparison.OrdinalIgnoreCase))
        {
            throw new ArtifactException(
                $"{source}: was learned with a bundle whose weight file has SHA-256 {WeightsSha256}, this one's has {sha256 ?? "none"}; "
                    + "learn it with this model: 'cxr-lab evidence'"
            );
        }
    }
}
