namespace CxrOnnx.Core.Bundles;

/// <summary>
/// <c>certificate.json</c>: how close the heatmaps of each way to compute (provider, precision, preset) are to those of the exact
/// trajectory in single precision, and how long each takes. Made by <c>cxr bench --certify</c>; it is no part of a bundle's id. JSON names
/// are snake case.
/// </summary>
public sealed record BundleCertificate
{
    /// <summary>The schema this code writes.</summary>
    public const int CurrentSchemaVersion = 1;

    /// <summary>
    /// Least correlation of a heatmap at which a way to compute holds. 0.999 leaves a difference of about 4 % of the map's own spread,
    /// sqrt(2 (1 - 0.999)); boxes and metrics do not see it (docs/benchmarks/README.md).
    /// </summary>
    public const double LeastCorrelation = 0.999;

    /// <summary>Schema of this file; a reader refuses versions it does not know.</summary>
    public required int SchemaVersion { get; init; }

    /// <summary>The bundle's id: a certificate speaks of no other.</summary>
    public required string BundleId { get; init; }

    /// <summary>The measurements, one per machine and call; a later one replaces the rows of an earlier one that it repeats.</summary>
    public required IReadOnlyList<CertificateRun> Runs { get; init; }

    /// <summary>All rows.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IEnumerable<CertificateRow> Rows => Runs.SelectMany(run => run.Rows);

    /// <summary>This certificate with one more measurement; rows for the same provider, precision and preset are replaced.</summary>
    public BundleCertificate With(CertificateRun run)
    {
        HashSet<(string, string, string)> repeated = [.. run.Rows.Select(row => row.Key)];
        IEnumerable<CertificateRun> kept = Runs.Select(earlier =>
                earlier with
                {
                    Rows = [.. earlier.Rows.Where(row => !repeated.Contains(row.Key))],
                }
            )
            .Where(earlier => earlier.Rows.Count > 0);
        return this with { Runs = [.. kept, run] };
    }
}

/// <summary>One measurement.</summary>
/// <param name="CreatedBy">Tool and version.</param>
/// <param name="Machine">Processor or card it ran on.</param>
/// <param name="OnnxRuntime">Version of ONNX Runtime.</param>
/// <param name="Images">SHA-256 of each image file.</param>
/// <param name="Phrases">The phrases grounded on each.</param>
/// <param name="Rows">What was measured.</param>
public sealed record CertificateRun(
    string CreatedBy,
    string Machine,
    string OnnxRuntime,
    IReadOnlyList<string> Images,
    IReadOnlyList<string> Phrases,
    IReadOnlyList<CertificateRow> Rows
);

/// <summary>
/// One way to compute against the exact preset in single precision on the CPU, over the heatmaps of all images and phrases.
/// </summary>
/// <param name="Provider"><c>cpu</c>, <c>cuda</c> or <c>tensorrt</c>.</param>
/// <param name="Math"><c>fp32</c>, <c>tf32</c> or <c>fp16</c>.</param>
/// <param name="Preset">Name of the preset.</param>
/// <param name="Heatmaps">How many heatmaps were compared.</param>
/// <param name="LeastCorrelation">Pearson's correlation over the cells, the least of all heatmaps, -1 to 1.</param>
/// <param name="MeanCorrelation">Its mean.</param>
/// <param name="MaxAbs">Largest absolute difference of a cell of any heatmap, 0 to 1.</param>
/// <param name="Seconds">Median time of an image with all its phrases.</param>
public sealed record CertificateRow(
    string Provider,
    string Math,
    string Preset,
    int Heatmaps,
    double LeastCorrelation,
    double MeanCorrelation,
    double MaxAbs,
    double Seconds
)
{
    /// <summary>Whether it is as good as the exact one; see <see cref="BundleCertificate.LeastCorrelation"/>.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool Holds => LeastCorrelation >= BundleCertificate.LeastCorrelation;

    internal (string, string, string) Key => (Provider, Math, Preset);
}
