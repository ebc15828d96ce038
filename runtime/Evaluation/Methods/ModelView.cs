using System.Globalization;
using System.Text.RegularExpressions;
using CxrOnnx.Core;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;

namespace CxrOnnx.Evaluation.Methods;

/// <summary>
/// The part of an image that another system looks at, and how many pixels it has there: what turns that system's coarse maps and boxes
/// into original pixels.
/// </summary>
/// <remarks>
/// <para><c>480/512</c>: shortest side resized to 512, a square of 480 cut out of the middle (BioViL).</para>
/// <para><c>square</c>, <c>square/224</c>: the largest square in the middle, resized to 224.</para>
/// <para><c>pad</c>, <c>pad/512</c>: the image in the middle of the smallest square around it, resized to 512.</para>
/// <para><c>whole</c>, <c>whole/512</c>, <c>whole/640x480</c>: all of the image, resized to a width and height whatever its own.</para>
/// </remarks>
public sealed partial class ModelView
{
    private enum Shape
    {
        Whole,
        Centre,
        Padded,
    }

    private const int LargestSide = 1 << 16;

    private readonly Shape _shape;
    private readonly (int Crop, int Resize) _share;
    private readonly (int Width, int Height)? _pixels;

    private ModelView(string text, Shape shape, (int, int) share, (int Width, int Height)? pixels, bool isNearest)
    {
        Text = text;
        _shape = shape;
        _share = share;
        _pixels = pixels;
        IsNearest = isNearest;
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Whether the model's pixels are known, which boxes in them need.</summary>
    public bool HasPixels => _pixels is not null;

    /// <summary>Whether maps are enlarged by repeating their cells (<c>:nearest</c> behind the view) and not linearly.</summary>
    public bool IsNearest { get; }

    /// <summary>Reads one.</summary>
    /// <exception cref="InputException">It is none.</exception>
    public static ModelView Parse(string text)
    {
        Match match = Form().Match(text);
        int Number(string group) => match.Groups[group].Success ? int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture) : 0;
        (int crop, int resize, int width, int height) = (Number("crop"), Number("resize"), Number("width"), Number("height"));
        bool isNearest = match.Groups["nearest"].Success;
        bool named = match.Groups["name"].Success;
        if (
            !match.Success
            || (named && match.Groups["width"].Success && width is < 1 or > LargestSide)
            || (match.Groups["height"].Success && (height is < 1 or > LargestSide || match.Groups["name"].Value != "whole"))
            || (!named && (crop < 1 || resize > LargestSide || crop > resize))
        )
        {
            throw new InputException(
                $"`crop` {text}: wanted CROP/RESIZE such as 480/512 (shortest side resized to 512, 480 x 480 cut out of the middle), "
                    + "square, pad or whole, with /SIZE behind it where boxes are in the model's pixels, and :nearest for maps with hard "
                    + "cells"
            );
        }

        (int, int)? pixels = width > 0 ? (width, height > 0 ? height : width) : null;
        return match.Groups["name"].Value switch
        {
            "whole" => new ModelView(text, Shape.Whole, (1, 1), pixels, isNearest),
            "square" => new ModelView(text, Shape.Centre, (1, 1), pixels, isNearest),
            "pad" => new ModelView(text, Shape.Padded, (1, 1), pixels, isNearest),
            _ => new ModelView(text, Shape.Centre, (crop, resize), (crop, crop), isNearest),
        };
    }

    /// <summary>The part of an image that the model sees, in original pixels; with <c>pad</c> it reaches beyond the image.</summary>
    /// <param name="size">Size of the image.</param>
    public PixelBox FieldOfView(ImageSize size)
    {
        // The product first: a share such as 500/600 is no double, and a side that is whole must not fall below itself.
        double side = _shape == Shape.Padded ? Math.Max(size.Width, size.Height) : (double)_share.Crop * size.ShortestSide / _share.Resize;
        return _shape == Shape.Whole
            ? new PixelBox(0, 0, size.Width, size.Height)
            : new PixelBox((size.Width - side) / 2, (size.Height - side) / 2, side, side);
    }

    /// <summary>A box of the model in original pixels.</summary>
    /// <param name="box">In shares of what the model sees, or in its pixels.</param>
    /// <param name="size">Size of the image.</param>
    /// <param name="isNormalized">Whether it is in shares.</param>
    public PixelBox ToOriginal(PixelBox box, ImageSize size, bool isNormalized)
    {
        PixelBox view = FieldOfView(size);
        (double width, double height) = isNormalized ? (1, 1) : (_pixels!.Value.Width, _pixels.Value.Height);
        (double x, double y) = (view.Width / width, view.Height / height);
        return new PixelBox(view.X + (box.X * x), view.Y + (box.Y * y), box.Width * x, box.Height * y);
    }

    /// <summary>A map of what the model sees, on the image's own grid.</summary>
    /// <param name="map">[grid.Rows, grid.Columns], row-major.</param>
    /// <param name="grid">Its size.</param>
    /// <param name="size">Size of the image.</param>
    /// <returns>[size.Height, size.Width], row-major; NaN where the model does not look.</returns>
    /// <remarks>
    /// The square is a whole number of pixels, rounded down, and begins at half the rest, rounded down: so BioViL's own code does it.
    /// </remarks>
    public float[] ToOriginal(ReadOnlySpan<float> map, GridSize grid, ImageSize size)
    {
        PixelBox view = FieldOfView(size);
        GridSize seen = new(Math.Max(1, (int)view.Height), Math.Max(1, (int)view.Width));
        int left = (int)Math.Floor((size.Width - seen.Columns) / 2.0);
        int top = (int)Math.Floor((size.Height - seen.Rows) / 2.0);

        // Of a padded square only the part inside the image is made.
        int firstColumn = Math.Max(0, -left);
        int firstRow = Math.Max(0, -top);
        GridSize part = new(Math.Min(size.Height, seen.Rows), Math.Min(size.Width, seen.Columns));
        float[] enlarged = new float[part.CellCount];
        if (IsNearest)
        {
            Repeat(map, grid, seen, enlarged, part, firstRow, firstColumn);
        }
        else
        {
            BilinearResampler.ResizeAndCrop(map, grid, seen, enlarged, part, firstRow, firstColumn);
        }

        float[] whole = new float[checked(size.Width * size.Height)];
        Array.Fill(whole, float.NaN);
        for (int row = 0; row < part.Rows; row++)
        {
            enlarged
                .AsSpan(row * part.Columns, part.Columns)
                .CopyTo(whole.AsSpan(((Math.Max(0, top) + row) * size.Width) + Math.Max(0, left)));
        }

        return whole;
    }

    private static void Repeat(ReadOnlySpan<float> map, GridSize grid, GridSize seen, Span<float> part, GridSize size, int top, int left)
    {
        for (int row = 0, i = 0; row < size.Rows; row++)
        {
            int from = (int)((long)(top + row) * grid.Rows / seen.Rows) * grid.Columns;
            for (int column = 0; column < size.Columns; column++, i++)
            {
                part[i] = map[from + (int)((long)(left + column) * grid.Columns / seen.Columns)];
            }
        }
    }

    [GeneratedRegex(
        "^(?:(?<crop>[0-9]{1,6})/(?<resize>[0-9]{1,6})|(?<name>whole|square|pad)(?:/(?<width>[0-9]{1,6})(?:x(?<height>[0-9]{1,6}))?)?)"
            + "(?<nearest>:nearest)?$",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Form();
}
