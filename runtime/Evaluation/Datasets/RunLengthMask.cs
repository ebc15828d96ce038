using System.Text.Json;
using CxrOnnx.Core;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>A mask as COCO writes it: lengths of runs of 0 and 1 by turns, column by column, as numbers or packed into a text.</summary>
internal sealed class RunLengthMask
{
    // One run is never longer than the picture: seven characters of five bits hold more than any.
    private const int MostCharacters = 7;

    private readonly IReadOnlyList<long> _runs;

    private RunLengthMask(ImageSize size, IReadOnlyList<long> runs)
    {
        Size = size;
        _runs = runs;
    }

    /// <summary>Size of the picture.</summary>
    public ImageSize Size { get; }

    /// <summary>Number of pixels in the mask.</summary>
    public long Area => _runs.Where((_, i) => i % 2 == 1).Sum();

    /// <summary>Reads <c>{"size": [height, width], "counts": ...}</c>.</summary>
    /// <exception cref="InputException">It is none, or its runs do not fill the picture.</exception>
    public static RunLengthMask Of(JsonFields mask)
    {
        JsonElement size = mask.Element("size");
        if (
            size.ValueKind != JsonValueKind.Array
            || size.GetArrayLength() != 2
            || !size.EnumerateArray()
                .All(side => side.ValueKind == JsonValueKind.Number && side.TryGetInt32(out int length) && length is >= 1 and <= 1_000_000)
        )
        {
            throw new InputException($"{mask.Where}: size is {JsonFields.Shown(size)}, [height, width] in pixels was expected; mend it");
        }

        (int height, int width) = (size[0].GetInt32(), size[1].GetInt32());
        JsonElement counts = mask.Element("counts");
        List<long> runs =
            counts.ValueKind == JsonValueKind.String ? Unpack(counts.GetString()!, mask.Where)
            : counts.ValueKind == JsonValueKind.Array
            && counts.EnumerateArray().All(run => run.ValueKind == JsonValueKind.Number && run.TryGetInt64(out _))
                ? [.. counts.EnumerateArray().Select(run => run.GetInt64())]
            : throw new InputException($"{mask.Where}: counts is {JsonFields.Shown(counts)}, run lengths were expected; mend them");
        long pixels = (long)height * width;
        if (runs.Any(run => run < 0 || run > pixels) || runs.Sum() != pixels)
        {
            throw new InputException(
                $"{mask.Where}: the mask's runs do not fill the picture of {height} x {width} pixels; is size the right way round "
                    + $"([height, width])? Else fetch the file again"
            );
        }

        return new RunLengthMask(new ImageSize(width, height), runs);
    }

    /// <summary>The boxes of the mask's connected parts, diagonals included, from left to right.</summary>
    public IReadOnlyList<PixelBox> Boxes()
    {
        List<(int X, int Top, int Bottom)> pieces = [.. Pieces()];
        int[] parent = [.. Enumerable.Range(0, pieces.Count)];
        int Root(int i)
        {
            while (parent[i] != i)
            {
                i = parent[i] = parent[parent[i]];
            }

            return i;
        }

        int before = 0;
        for (int i = 0; i < pieces.Count; i++)
        {
            while (
                before < i
                && (pieces[before].X < pieces[i].X - 1 || (pieces[before].X == pieces[i].X - 1 && pieces[before].Bottom < pieces[i].Top))
            )
            {
                before++;
            }

            // Pieces of the column to the left that touch this one; those after it in the same column come later.
            for (int left = before; left < i && pieces[left].X == pieces[i].X - 1 && pieces[left].Top <= pieces[i].Bottom; left++)
            {
                parent[Root(i)] = Root(left);
            }
        }

        return
        [
            .. pieces
                .Select((piece, i) => (piece, Root(i)))
                .GroupBy(item => item.Item2, item => item.piece)
                .Select(part =>
                    PixelBox.FromEdges(
                        part.Min(piece => piece.X),
                        part.Min(piece => piece.Top),
                        part.Max(piece => piece.X) + 1,
                        part.Max(piece => piece.Bottom)
                    )
                )
                .OrderBy(box => box.X)
                .ThenBy(box => box.Y),
        ];
    }

    /// <summary>The runs of 1, cut at the ends of columns; the bottom is excluded.</summary>
    private IEnumerable<(int X, int Top, int Bottom)> Pieces()
    {
        long at = 0;
        foreach ((int i, long run) in _runs.Index())
        {
            for (long first = at; i % 2 == 1 && first < at + run; )
            {
                int x = (int)(first / Size.Height);
                int top = (int)(first % Size.Height);
                int bottom = (int)Math.Min(Size.Height, top + (at + run - first));
                yield return (x, top, bottom);
                first += bottom - top;
            }

            at += run;
        }
    }

    /// <summary>
    /// Characters of six bits from '0' on: five of a number, lowest first, and one that says that it goes on; from the fourth run on the
    /// difference to the run before the last (COCO's maskApi, <c>rleFrString</c>).
    /// </summary>
    private static List<long> Unpack(string text, string where)
    {
        List<long> runs = [];
        for (int at = 0; at < text.Length; )
        {
            long value = 0;
            for (int digit = 0; ; digit++)
            {
                int bits = at < text.Length ? text[at++] - '0' : -1;
                if (bits is < 0 or > 63 || digit == MostCharacters)
                {
                    throw new InputException($"{where}: counts is no packed mask (character {at}); fetch the file again");
                }

                value |= (long)(bits & 0x1F) << (5 * digit);
                if ((bits & 0x20) == 0)
                {
                    value |= (bits & 0x10) != 0 ? -1L << (5 * (digit + 1)) : 0;
                    break;
                }
            }

            runs.Add(runs.Count > 2 ? value + runs[^2] : value);
        }

        return runs;
    }
}
