using System.Text;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Workflows.Batch;

/// <summary>
/// <c>heatmaps.csv</c>: which heatmap is of which annotated phrase, and where it lies on the image. What <c>cxr evaluate --heatmaps</c>
/// reads.
/// </summary>
public static class BatchHeatmapIndex
{
    /// <summary>Its name, in the folder of the results.</summary>
    public const string Name = "heatmaps.csv";

    /// <summary>Writes the table.</summary>
    /// <param name="path">The file; an earlier one is replaced, because it follows from the lines.</param>
    /// <param name="lines">The lines; those without a heatmap have no row.</param>
    /// <exception cref="Core.InputException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<BatchLine> lines)
    {
        StringBuilder table = new("image_id,label_text,category_name,file,crop\r\n");
        foreach (BatchLine line in lines.Where(line => line.Heatmap is not null))
        {
            // The model's grid covers the square in the image's middle, and the model repeats its cells.
            string crop = line.FieldOfView is null ? "" : "square:nearest";
            string[] fields = [line.Image, line.Phrase, line.Category ?? "", line.Heatmap!, crop];
            table.Append(CsvText.Line(fields)).Append("\r\n");
        }

        AtomicFile.WriteText(path, table.ToString());
    }
}
