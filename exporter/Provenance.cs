using System.Text;
using CxrOnnx.Checkpoints;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter;

/// <summary>Which inputs a bundle was made from, and an id that follows from them before any output exists.</summary>
/// <param name="ExportId">
/// First 16 hexadecimal digits of a SHA-256 over configuration, input checksums, settings and tool version. Graphs carry it; they cannot
/// carry the bundle's own id, which depends on their bytes.
/// </param>
/// <param name="ConfigurationSha256">SHA-256 of the configuration in canonical YAML.</param>
/// <param name="Entries">For the manifest.</param>
internal sealed record Provenance(string ExportId, string ConfigurationSha256, IReadOnlyDictionary<string, string> Entries)
{
    /// <summary>Builds a graph with a note of where it comes from.</summary>
    public OnnxGraph Seal(string name, GraphBuilder graph, ModelConfiguration model) =>
        graph.Build(
            name,
            ToolVersion.Number,
            [
                new("cxronnx.graph", name),
                new("cxronnx.model", model.Name),
                new("cxronnx.tool", ToolVersion.Exporter),
                new("cxronnx.export_id", ExportId),
                new("cxronnx.config_sha256", ConfigurationSha256),
            ]
        );

    // Longer metadata is data, such as a codebook's token list, not a note.
    private const int LongestNote = 500;

    /// <summary>Reads the input files once to hash them.</summary>
    public static Provenance Of(
        BundleExportOptions options,
        ModelConfiguration model,
        string vocabularyIdentity,
        IReadOnlyDictionary<string, ITensorFile> parts
    )
    {
        SortedDictionary<string, string> entries = new(StringComparer.Ordinal);
        foreach ((string key, string value) in options.Provenance)
        {
            entries[key] = value;
        }

        foreach ((string key, string value) in options.Quantization?.Provenance ?? new Dictionary<string, string>())
        {
            entries[key] = value;
        }

        (string Name, string? Path)[] files =
        [
            ("unet", options.UNetPath),
            ("vae", options.VaePath),
            ("text_encoder", options.TextEncoderPath),
            ("codebook", options.CodebookPath),
        ];
        foreach ((string name, string? path) in files)
        {
            if (path is null)
            {
                continue;
            }

            CheckpointPath checkpoint = name == "codebook" ? new CheckpointPath(path, null) : CheckpointPath.Parse(path);
            entries[$"{name}.file"] = Path.GetFileName(checkpoint.File);
            entries[$"{name}.sha256"] = Sha256.OfFile(checkpoint.File);
            if (checkpoint.Key is { } key)
            {
                entries[$"{name}.key"] = key;
            }
        }

        foreach ((string part, ITensorFile file) in parts)
        {
            string name = part == "text" ? "text_encoder" : part;
            AddMetadata(entries, name, file);
            if (file is NormalizedStateDict { Key.Length: > 0 } chosen)
            {
                entries[$"{name}.key"] = chosen.Key;
            }
        }

        if (options.CodebookPath is not null)
        {
            using SafetensorsFile codebook = SafetensorsFile.Open(options.CodebookPath);
            AddMetadata(entries, "codebook", codebook);
        }

        string configurationSha256 = HashText(ModelConfigurationFile.ToYaml(model));
        IEnumerable<string> identity =
        [
            ToolVersion.Exporter,
            configurationSha256,
            vocabularyIdentity,
            options.Precision,
            .. options.Cuda ? new[] { "graph set cuda" } : [],
            .. options.Quantization is { } plan ? new[] { $"quantization {plan.Sha256()}" } : [],
            .. entries
                .Where(entry => entry.Key.EndsWith(".sha256", StringComparison.Ordinal))
                .Select(entry => $"{entry.Key} {entry.Value}"),
        ];
        return new Provenance(HashText(string.Join('\n', identity))[..16], configurationSha256, entries);
    }

    private static void AddMetadata(SortedDictionary<string, string> entries, string name, ITensorFile file)
    {
        foreach ((string key, string value) in file.Metadata)
        {
            if (value.Length <= LongestNote)
            {
                entries[$"{name}.metadata.{key}"] = value;
            }
        }
    }

    private static string HashText(string text) => Sha256.OfBytes(Encoding.UTF8.GetBytes(text));
}
