using CxrOnnx.Imaging.Radiographs;

namespace CxrOnnx.Imaging.Dicom;

/// <summary>
/// How a stored picture is turned upright: by PatientOrientation, else by ImageOrientationPatient, which objects made from other ones
/// carry instead.
/// </summary>
internal static class DicomOrientation
{
    private const string AsStored = "; the picture was left as it is stored";
    private static readonly string[] Opposites = ["LR", "HF", "AP"];

    /// <summary>What makes the picture upright.</summary>
    /// <param name="dataset">The file's attributes.</param>
    /// <param name="warnings">Gets what a reader of the result should know.</param>
    public static ImageOrientation Of(DicomDataset dataset, List<string> warnings)
    {
        IReadOnlyList<string> directions = dataset.Texts(DicomTag.PatientOrientation);
        string attribute = "PatientOrientation";
        if (directions.All(direction => direction.Length == 0))
        {
            attribute = "ImageOrientationPatient";
            directions = OfCosines(dataset);
        }

        if (directions.Count == 0)
        {
            return ImageOrientation.Upright;
        }

        if (directions.Count != 2 || directions.Any(direction => direction.Length == 0))
        {
            warnings.Add($"{attribute} has not two values, so it says nothing of the picture{AsStored}: check that it is upright");
            return ImageOrientation.Upright;
        }

        ImageOrientation? orientation = directions.Any(IsContradictory)
            ? null
            : ImageOrientations.FromPatientOrientation(char.ToUpperInvariant(directions[0][0]), char.ToUpperInvariant(directions[1][0]));
        if (orientation is null)
        {
            warnings.Add($"{attribute} does not describe a frontal picture{AsStored}");
        }
        else if (orientation != ImageOrientation.Upright)
        {
            warnings.Add(
                $"{attribute} says that the stored picture is not in the usual display; it was turned, and boxes are in the turned picture"
            );
        }

        return orientation ?? ImageOrientation.Upright;
    }

    /// <summary>Whether a value of up to three letters (PS3.3 C.7.6.1.1.1) names both ends of an axis.</summary>
    private static bool IsContradictory(string direction) =>
        direction.Length <= 3
        && Opposites.Any(pair =>
            direction.Contains(pair[0], StringComparison.OrdinalIgnoreCase)
            && direction.Contains(pair[1], StringComparison.OrdinalIgnoreCase)
        );

    /// <summary>
    /// Letters of the largest cosines (x to the left, y to the back, z to the head, PS3.3 C.7.6.2.1.1); none where rows or columns do not
    /// lie in a frontal plane: converters write the identity, an axial plane, where they know nothing.
    /// </summary>
    private static IReadOnlyList<string> OfCosines(DicomDataset dataset)
    {
        double?[] cosines = [.. Enumerable.Range(0, 6).Select(i => dataset.Number(DicomTag.ImageOrientationPatient, i))];
        if (cosines.Any(value => value is null))
        {
            return [];
        }

        string row = Letter(cosines[0]!.Value, cosines[1]!.Value, cosines[2]!.Value);
        string column = Letter(cosines[3]!.Value, cosines[4]!.Value, cosines[5]!.Value);
        return row is "P" or "A" || column is "P" or "A" ? [] : [row, column];
    }

    private static string Letter(double x, double y, double z) =>
        Math.Abs(y) >= Math.Max(Math.Abs(x), Math.Abs(z)) ? (y > 0 ? "P" : "A")
        : Math.Abs(x) >= Math.Abs(z) ? (x > 0 ? "L" : "R")
        : z > 0 ? "H"
        : "F";
}
