using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>VinDr-CXR's labels of whole images (<c>image_labels_test.csv</c>): which images show a pneumonia.</summary>
internal sealed class VinDrImageLabels
{
    private const string Column = "Pneumonia";

    private readonly Dictionary<string, List<bool>> _votes = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a file; several readers' rows of an image are votes, more than half of which make the label.</summary>
    /// <exception cref="InputException">The file is wrong; names the line.</exception>
    public VinDrImageLabels(string path)
    {
        CsvTable table = CsvTable.Load(path);
        table.Require("image_id", Column);
        HashSet<(string, string)> seen = [];
        foreach (CsvTable.Row row in table.Rows)
        {
            string id = CaseKey.ImageIdOf(table.Required(row, "image_id"));
            double value = table.Number(row, Column);
            if (value is not (0 or 1))
            {
                throw new InputException($"{path} line {row.Line}: {Column} is '{table.Text(row, Column)}', 0 or 1 was expected; mend it");
            }

            // A row that stands twice is one vote.
            if (seen.Add((id.ToLowerInvariant(), table.Has("rad_id") ? table.Text(row, "rad_id") : "")))
            {
                if (!_votes.TryGetValue(id, out List<bool>? votes))
                {
                    _votes.Add(id, votes = []);
                }

                votes.Add(value == 1);
            }
        }
    }

    /// <summary>Images that are labelled as pneumonia.</summary>
    public int Pneumonias => _votes.Count(image => IsPneumonia(image.Key));

    /// <summary>Whether the file names an image.</summary>
    public bool Knows(string imageId) => _votes.ContainsKey(imageId);

    /// <summary>Whether an image is labelled as pneumonia.</summary>
    public bool IsPneumonia(string imageId) =>
        _votes.TryGetValue(imageId, out List<bool>? votes) && 2 * votes.Count(vote => vote) > votes.Count;
}
