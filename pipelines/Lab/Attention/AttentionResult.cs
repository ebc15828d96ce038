using System.Globalization;
using System.Text.Json;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Lab.Attention;

/// <summary>The result of <c>cxr-lab attention</c>.</summary>
/// <param name="Rows"><c>frozen</c>, or <c>tuned</c> with a codebook.</param>
/// <param name="Prompts">What the model was asked with.</param>
/// <param name="Phrases">Number of phrases.</param>
/// <param name="Groups">A row per layer and group.</param>
public sealed record AttentionResult(string Rows, string Prompts, int Phrases, IReadOnlyList<AttentionRow> Groups)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    /// <summary>Writes the document, numbers with five digits.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="Core.InputException">It cannot be written.</exception>
    public void Save(string path)
    {
        static double Short(double value) => double.IsFinite(value) ? Math.Round(value, 5) : value;
        AttentionResult rounded = this with
        {
            Groups =
            [
                .. Groups.Select(row =>
                    row with
                    {
                        Share = Short(row.Share),
                        Cnr = Short(row.Cnr),
                        MIoU = Short(row.MIoU),
                        Auroc = Short(row.Auroc),
                    }
                ),
            ],
        };
        AtomicFile.WriteText(path, JsonSerializer.Serialize(rounded, Json) + "\n");
    }

    /// <summary>The rows as a table, a line each.</summary>
    public IEnumerable<string> Lines() =>
        Groups.Select(row =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"layer {row.Layer, -3} {row.Group, -7} share {100 * row.Share, 5:0.0} %  CNR {row.Cnr, 5:0.00}  "
                    + $"mIoU {100 * row.MIoU, 4:0.0} %  AUROC {row.Auroc:0.000}"
            )
        );
}
