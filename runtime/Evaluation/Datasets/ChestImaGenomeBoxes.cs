using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>The anatomical boxes of Chest ImaGenome's gold file that an atlas is made of, on the 512 grid of the model.</summary>
/// <remarks>
/// Wu et al. 2021 (arXiv:2108.00316). The file gives each box in pixels of the original image (<c>original_x1</c> .. <c>original_y2</c>),
/// in a square of 224 into which the whole image was scaled and centred (<c>x1</c> .. <c>y2</c>), or both. It does not give the size of the
/// image, which the model's crop depends on: that comes from the caller, from columns <c>image_width</c> and <c>image_height</c>, or, where
/// both grids are there, from their ratio (exact to the rounding of the file).
/// </remarks>
public static class ChestImaGenomeBoxes
{
    /// <summary>Side of the square that the file's scaled coordinates refer to.</summary>
    public const double ScaledSide = 224;

    private static readonly string[] Original = ["original_x1", "original_y1", "original_x2", "original_y2"];
    private static readonly string[] Scaled = ["x1", "y1", "x2", "y2"];

    /// <summary>Reads a file.</summary>
    /// <param name="path">
    /// CSV with <c>image_id</c>, <c>bbox_name</c> and the corners of one or both grids. Other regions than the 13 are left out, as are rows
    /// whose corners are empty.
    /// </param>
    /// <param name="sizeOf">Size of an image by its identifier (without the ending of a file), or null if it is not known.</param>
    /// <returns>Region and box in the order of the file; a box may reach beyond the 512 square.</returns>
    /// <exception cref="InputException">The file is wrong, or the size of an image is unknown.</exception>
    public static IReadOnlyList<(AnatomicalRegion Region, ModelBox Box)> Load(string path, Func<string, ImageSize?> sizeOf)
    {
        CsvTable table = CsvTable.Load(path);
        table.Require("image_id", "bbox_name");
        bool hasOriginal = Original.All(table.Has),
            hasScaled = Scaled.All(table.Has);
        if (!hasOriginal && !hasScaled)
        {
            table.Require(Original);
        }

        List<Entry> entries = [];
        HashSet<(string, AnatomicalRegion, PixelBox?, PixelBox?)> seen = [];
        foreach (CsvTable.Row row in table.Rows)
        {
            if (AnatomicalRegionNames.TryFind(table.Text(row, "bbox_name"), out AnatomicalRegion region))
            {
                PixelBox? original = hasOriginal ? BoxOf(table, row, Original) : null;
                PixelBox? scaled = hasScaled ? BoxOf(table, row, Scaled) : null;
                string id = CaseKey.ImageIdOf(table.Required(row, "image_id"));

                // A row that stands twice counts once.
                if ((original is not null || scaled is not null) && seen.Add((id, region, original, scaled)))
                {
                    entries.Add(new Entry(row, id, region, original, scaled));
                }
            }
        }

        Dictionary<string, ImageTransform> transforms = entries
            .GroupBy(entry => entry.ImageId)
            .ToDictionary(group => group.Key, group => new ImageTransform(SizeOf(table, group, sizeOf), (int)LocationGaussian.GridSide));
        return
        [
            .. entries.Select(entry =>
            {
                ImageTransform transform = transforms[entry.ImageId];
                PixelBox box = entry.Original ?? Unscale(entry.Scaled!.Value, transform.Original);
                return box.ClippedTo(transform.Original).Area > 0
                    ? (entry.Region, transform.ToModel(box))
                    : throw new InputException(
                        $"{table.Source} line {entry.Row.Line}: the box lies outside of image {entry.ImageId}, which is "
                            + $"{transform.Original} pixels; are the coordinates of another size of the image?"
                    );
            }),
        ];
    }

    private static ImageSize SizeOf(CsvTable table, IGrouping<string, Entry> boxes, Func<string, ImageSize?> sizeOf)
    {
        CsvTable.Row row = boxes.First().Row;
        if (sizeOf(boxes.Key) is { } known)
        {
            return known;
        }

        if (table.Has("image_width") && table.Has("image_height"))
        {
            return new ImageSize(table.Pixels(row, "image_width"), table.Pixels(row, "image_height"));
        }

        return SizeFromBothGrids([.. boxes.Where(box => box is { Original: not null, Scaled: not null })])
            ?? throw new InputException(
                $"{table.Source} line {row.Line}: the size of image {boxes.Key} is not known; give `image-sizes` FILE.csv "
                    + $"(image_id,width,height)"
            );
    }

    private static ImageSize? SizeFromBothGrids(IReadOnlyList<Entry> boxes)
    {
        double original = boxes.Sum(box => box.Original!.Value.Width + box.Original.Value.Height);
        double scaled = boxes.Sum(box => box.Scaled!.Value.Width + box.Scaled.Value.Height);
        if (!(original > 0 && scaled > 0))
        {
            return null;
        }

        double ratio = scaled / original;
        double left = boxes.Average(box => box.Scaled!.Value.CenterX - (ratio * box.Original!.Value.CenterX));
        double top = boxes.Average(box => box.Scaled!.Value.CenterY - (ratio * box.Original!.Value.CenterY));
        int width = (int)Math.Round((ScaledSide - (2 * left)) / ratio),
            height = (int)Math.Round((ScaledSide - (2 * top)) / ratio);
        return width > 0 && height > 0 ? new ImageSize(width, height) : null;
    }

    private static PixelBox Unscale(PixelBox box, ImageSize size)
    {
        double ratio = ScaledSide / Math.Max(size.Width, size.Height);
        double left = (ScaledSide - (ratio * size.Width)) / 2,
            top = (ScaledSide - (ratio * size.Height)) / 2;
        return new PixelBox((box.X - left) / ratio, (box.Y - top) / ratio, box.Width / ratio, box.Height / ratio);
    }

    private static PixelBox? BoxOf(CsvTable table, CsvTable.Row row, string[] columns) =>
        columns.Any(column => table.Text(row, column).Length == 0)
            ? null
            : Checked(WrittenBox.OfEdges(table, row, columns), columns == Scaled);

    /// <summary>
    /// A box that can be true: it has an extent, is written in pixels, and lies on the square of 224 where it is of that.
    /// </summary>
    private static PixelBox Checked(WrittenBox written, bool isScaled)
    {
        AnnotatedBoxes.CheckExtent(written);
        bool isShares = AnnotatedBoxes.IsNormalized(written.Values);
        return !isShares && (!isScaled || (written.Box.Right <= ScaledSide + 1 && written.Box.Bottom <= ScaledSide + 1))
            ? written.Box
            : throw new InputException(
                $"{written.Where}: the box ({written.Text}) is "
                    + $"{(isShares ? "in shares of the image" : $"beyond the square of {ScaledSide}")}; pixels were "
                    + "expected: mend it, or remove the row"
            );
    }

    private sealed record Entry(CsvTable.Row Row, string ImageId, AnatomicalRegion Region, PixelBox? Original, PixelBox? Scaled);
}
