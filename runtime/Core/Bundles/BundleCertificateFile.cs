using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Core.Bundles;

/// <summary>Reads a bundle's certificate, and puts one into a bundle.</summary>
public static class BundleCertificateFile
{
    private static readonly string[] Providers = ["cpu", "cuda", "tensorrt"];
    private static readonly string[] Precisions = ["fp32", "tf32", "fp16"];

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
    };

    /// <summary>The certificate as text, with a line feed at the end.</summary>
    public static string Write(BundleCertificate certificate) => JsonSerializer.Serialize(certificate, Options) + "\n";

    /// <summary>The bundle's certificate; null where it has none.</summary>
    /// <exception cref="ArtifactException">It is damaged, of an unknown schema version, or speaks of another bundle.</exception>
    public static BundleCertificate? Read(Bundle bundle)
    {
        if (!bundle.Contains(BundleLayout.CertificateFile))
        {
            return null;
        }

        string path = bundle.PathOf(BundleLayout.CertificateFile);
        BundleCertificate certificate = Parse(File.ReadAllText(path), path);
        return certificate.BundleId == bundle.Manifest.Id
            ? certificate
            : throw new ArtifactException(
                $"{path}: speaks of bundle '{Printable(certificate.BundleId)}', this is {bundle.Manifest.Id}; make it again with "
                    + "'cxr bench --certify'"
            );
    }

    /// <summary>Parses and checks a certificate.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="ArtifactException">It is damaged, of an unknown schema version, or holds what cannot be.</exception>
    public static BundleCertificate Parse(string json, string source)
    {
        const string again = "make it again with 'cxr bench --certify'";
        try
        {
            using (JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false }))
            {
                JsonElement version =
                    document.RootElement.ValueKind == JsonValueKind.Object
                    && document.RootElement.TryGetProperty("schema_version", out JsonElement found)
                        ? found
                        : default;
                if (version.ValueKind != JsonValueKind.Number || version.GetRawText() != "1")
                {
                    throw new ArtifactException($"{source}: has no schema version that this program reads (1); {again}");
                }
            }

            BundleCertificate certificate =
                JsonSerializer.Deserialize<BundleCertificate>(json, Options) ?? throw new ArtifactException($"{source}: is null; {again}");
            string? problem = Problem(certificate);
            return problem is null ? certificate : throw new ArtifactException($"{source}: {problem}; {again}");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            string line = exception is JsonException { LineNumber: { } number } ? $" (line {number + 1})" : "";
            throw new ArtifactException($"{source}: is not a valid certificate{line}; {again}", exception);
        }
    }

    /// <summary>Puts a certificate into a bundle, in place of an earlier one; no other file of it changes.</summary>
    /// <param name="folderOrCxrb">The bundle: a folder, or a <c>.cxrb</c> file, which is packed again.</param>
    /// <param name="certificate">The certificate.</param>
    /// <exception cref="ArtifactException">There is no bundle, it is damaged, or it is another one.</exception>
    /// <exception cref="InputException">A file cannot be written.</exception>
    public static void Attach(string folderOrCxrb, BundleCertificate certificate)
    {
        using Bundle bundle = Bundle.Open(folderOrCxrb);
        if (bundle.Manifest.Id != certificate.BundleId)
        {
            throw new ArtifactException($"{folderOrCxrb}: is bundle {bundle.Manifest.Id}, the certificate is of {certificate.BundleId}");
        }

        string path = Path.Combine(bundle.Folder, BundleLayout.CertificateFile);
        AtomicFile.WriteText(path, Write(certificate));
        IEnumerable<BundleFile> others = bundle.Manifest.Files.Where(file => file.Path != BundleLayout.CertificateFile);
        BundleFile[] files =
        [
            .. others
                .Append(new BundleFile(BundleLayout.CertificateFile, new FileInfo(path).Length, Sha256.OfFile(path)))
                .OrderBy(file => file.Path, StringComparer.Ordinal),
        ];
        BundleManifestFile.Write(Path.Combine(bundle.Folder, BundleManifestFile.FileName), bundle.Manifest with { Files = files });
        if (!Directory.Exists(folderOrCxrb))
        {
            BundleArchive.Pack(bundle.Folder, folderOrCxrb);
        }
    }

    private static string? Problem(BundleCertificate certificate)
    {
        foreach (CertificateRow row in certificate.Rows)
        {
            string name = Printable($"{row.Provider} {row.Math} {row.Preset}");
            if (!Providers.Contains(row.Provider) || !Precisions.Contains(row.Math))
            {
                return $"row '{name}': a provider ({string.Join(", ", Providers)}) and a precision ({string.Join(", ", Precisions)}) "
                    + "were expected";
            }

            if (
                row.Heatmaps < 1
                || !(row.LeastCorrelation is >= -1 and <= 1.000001)
                || !(row.MeanCorrelation is >= -1 and <= 1.000001)
                || !(row.MaxAbs is >= 0 and <= 1.000001)
                || !(row.Seconds > 0 && double.IsFinite(row.Seconds))
            )
            {
                return $"row '{name}': a number of it cannot be";
            }
        }

        return certificate.Rows.GroupBy(row => row.Key).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? Printable($"row '{twice.Key}' is there twice")
            : null;
    }

    private static string Printable(string text) => new([.. text.Take(200).Select(letter => char.IsControl(letter) ? '?' : letter)]);
}
