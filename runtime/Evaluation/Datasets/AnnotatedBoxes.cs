using System.Globalization;
using CxrOnnx.Core;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>
/// Checks the boxes of an annotation file: what cannot be true is refused with its place, what can be but is odd is counted for a note.
/// </summary>
internal sealed class AnnotatedBoxes
{
    private const double LeastSide = 1;

    // Annotators draw over the edge; three quarters beyond it are another grid.
    private const double LeastInside = 0.25;

    // Fewer boxes can all lie in the top left corner by chance.
    private const int EnoughToJudge = 5;

    private readonly HashSet<(string Image, string Owner, PixelBox Box)> _seen = [];
    private int _repeated;
    private int _beyond;
    private int _sized;
    private int _likeCorners;
    private double _farthest;

    /// <summary>Checks a box.</summary>
    /// <param name="written">The box, in pixels.</param>
    /// <param name="image">Its image.</param>
    /// <param name="owner">Whose box it is on the image: phrase or class.</param>
    /// <param name="size">Size of its image.</param>
    /// <returns>False where the very box came before: it counts once.</returns>
    /// <exception cref="InputException">There cannot be such a box.</exception>
    public bool Accept(WrittenBox written, string image, string owner, ImageSize size)
    {
        PixelBox box = written.Box;
        IReadOnlyList<string> names = written.Names;
        if (IsNormalized(written.Values))
        {
            throw new InputException(
                $"{written.Where}: the box ({written.Text}) lies within one pixel; coordinates from 0 to 1 are shares of the "
                    + $"image: multiply "
                    + $"{names[0]} and {names[2]} by its width, {names[1]} and {names[3]} by its height"
            );
        }

        CheckExtent(written);
        if (box.Width < LeastSide || box.Height < LeastSide)
        {
            throw new InputException(
                $"{written.Where}: the box ({written.Text}) has a side of less than a pixel; nobody draws such a box: mend it, or remove it"
            );
        }

        double inside = box.ClippedTo(size).Area / box.Area;
        if (inside == 0)
        {
            throw new InputException(
                $"{written.Where}: the box ({written.Text}) lies outside of its image, which is {size} pixels; are the coordinates of "
                    + $"another size of the image?"
            );
        }

        if (inside < LeastInside)
        {
            throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{written.Where}: only {100 * inside:0.#} % of the box ({written.Text}) lie inside of its image, which is {size} "
                        + $"pixels; are the coordinates of another size of the image?"
                )
            );
        }

        if (!_seen.Add((image, owner, box)))
        {
            _repeated++;
            return false;
        }

        _sized += written.HasEdges ? 0 : 1;
        _likeCorners += !written.HasEdges && box.Width > box.X && box.Height > box.Y ? 1 : 0;
        double beyond = Math.Max(Math.Max(-box.X, -box.Y), Math.Max(box.Right - size.Width, box.Bottom - size.Height));
        if (beyond > 0)
        {
            _beyond++;
            _farthest = Math.Max(_farthest, beyond);
        }

        return true;
    }

    /// <summary>Checks that a box has an extent.</summary>
    /// <exception cref="InputException">It has none.</exception>
    public static void CheckExtent(WrittenBox written)
    {
        if (!(written.Box.Width > 0))
        {
            throw NoExtent(written, 0, 2);
        }

        if (!(written.Box.Height > 0))
        {
            throw NoExtent(written, 1, 3);
        }
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

        if (_sized >= EnoughToJudge && _likeCorners == _sized)
        {
            yield return $"In all {_sized} boxes the width is above x and the height above y, as where right and bottom edges stand in the "
                + "columns of width and height; check that these are none.";
        }

        if (_beyond > 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{_beyond} {(_beyond == 1 ? "box reaches" : "boxes reach")} beyond the image, by {_farthest:0.##} pixels at most; the "
                    + $"part inside counts."
            );
        }
    }

    private static InputException NoExtent(WrittenBox written, int near, int far)
    {
        string Number(int index) => written.Values[index].ToString(CultureInfo.InvariantCulture);
        string name = written.Names[far];
        return written.HasEdges
            ? new InputException(
                $"{written.Where}: {name} is {Number(far)} and {written.Names[near]} is {Number(near)}; {name} must be larger (are the "
                    + $"corners in the wrong order?)"
            )
            : new InputException($"{written.Where}: {name} is {Number(far)}; a box has a size above 0");
    }
}
