using System.Globalization;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>
/// Checks the boxes of an annotation table: what cannot be true is refused with its line, what can be but is odd is counted for a note.
/// </summary>
/// <param name="table">The table.</param>
internal sealed class AnnotatedBoxes(CsvTable table)
{
    private readonly HashSet<(CaseKey Key, PixelBox Box)> _seen = [];
    private int _repeated;
    private int _beyond;
    private double _farthest;

    /// <summary>A field that must not be empty.</summary>
    /// <exception cref="InputException">It is.</exception>
    public static string Required(CsvTable table, CsvTable.Row row, string column) =>
        table.Text(row, column) is { Length: > 0 } text
            ? text
            : throw new InputException($"{table.Source} line {row.Line}: {column} is empty; fill it in, or remove the row");

    /// <summary>Checks a box.</summary>
    /// <param name="row">Its row.</param>
    /// <param name="key">Whose box it is.</param>
    /// <param name="box">The box.</param>
    /// <param name="size">Size of its image.</param>
    /// <param name="columns">The four columns that it was made of.</param>
    /// <returns>False where an earlier row of the case has the very box: it counts once.</returns>
    /// <exception cref="InputException">There cannot be such a box.</exception>
    public bool Accept(CsvTable.Row row, CaseKey key, PixelBox box, ImageSize size, params ReadOnlySpan<string> columns)
    {
        string[] names = [.. columns];
        string Written() => string.Join(", ", names.Select(column => $"{column} {table.Text(row, column)}"));
        if (IsNormalized(names.Select(column => table.Number(row, column))))
        {
            throw new InputException(
                $"{table.Source} line {row.Line}: the box ({Written()}) lies within one pixel; coordinates from 0 to 1 are shares of the "
                    + $"image: multiply {names[0]} and {names[2]} by its width, {names[1]} and {names[3]} by its height"
            );
        }

        if (!(box.Width > 0))
        {
            throw NoExtent(row, names[0], names[2], isFarEdge: names[2] != "w");
        }

        if (!(box.Height > 0))
        {
            throw NoExtent(row, names[1], names[3], isFarEdge: names[3] != "h");
        }

        if (box.ClippedTo(size).Area == 0)
        {
            throw new InputException(
                $"{table.Source} line {row.Line}: the box ({Written()}) lies outside of its image, which is {size} pixels; are the "
                    + $"coordinates of another size of the image?"
            );
        }

        if (!_seen.Add((key, box)))
        {
            _repeated++;
            return false;
        }

        double beyond = Math.Max(Math.Max(-box.X, -box.Y), Math.Max(box.Right - size.Width, box.Bottom - size.Height));
        if (beyond > 0)
        {
            _beyond++;
            _farthest = Math.Max(_farthest, beyond);
        }

        return true;
    }

    /// <summary>Whether four coordinates are shares of the image instead of pixels: all lie from 0 to 1, and not all are 0.</summary>
    public static bool IsNormalized(IEnumerable<double> coordinates)
    {
        double[] all = [.. coordinates];
        return all.All(value => value is >= 0 and <= 1) && all.Any(value => value > 0);
    }

    /// <summary>What a reader of the results should know of the boxes.</summary>
    public IEnumerable<string> Notes()
    {
        if (_repeated > 0)
        {
            yield return _repeated == 1
                ? "1 row repeats the box of an earlier row of the same phrase and is counted once."
                : $"{_repeated} rows repeat the box of an earlier row of the same phrase and are counted once.";
        }

        if (_beyond > 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{_beyond} {(_beyond == 1 ? "box reaches" : "boxes reach")} beyond the image, by {_farthest:0.##} pixels at most; the "
                    + $"part "
                    + $"inside counts."
            );
        }
    }

    private InputException NoExtent(CsvTable.Row row, string near, string far, bool isFarEdge) =>
        isFarEdge
            ? new InputException(
                $"{table.Source} line {row.Line}: {far} is {table.Text(row, far)} and {near} is {table.Text(row, near)}; {far} must be "
                    + $"larger (are the corners in the wrong order?)"
            )
            : new InputException($"{table.Source} line {row.Line}: {far} is {table.Text(row, far)}; a box has a size above 0");
}
