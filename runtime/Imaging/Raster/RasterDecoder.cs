using CxrOnnx.Core;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Imaging.Radiographs;
using NetVips;

namespace CxrOnnx.Imaging.Raster;

/// <summary>PNG, JPEG and TIFF through libvips.</summary>
/// <remarks>
/// Only the loader of the format that the content has is ever called, never libvips' own guess, so that formats nobody sends on purpose
/// (SVG, HEIF, ...) cannot be reached. Gray is 0.299 R + 0.587 G + 0.114 B of the stored values (ITU-R BT.601, as torchvision and PIL
/// do it; equal channels stay exactly what they are), and transparent pixels show black beneath them. Colour profiles are ignored.
/// </remarks>
internal static class RasterDecoder
{
    private const string OrientationField = "orientation";

    /// <summary>Words of libvips and its libraries for what they do not do, as opposed to what is broken.</summary>
    private static readonly string[] Unsupported =
    [
        "unsupported",
        "not supported",
        "not configured",
        "not implemented",
        "cannot handle",
        "not a whole number of bytes",
        "unknown compression",
    ];

    /// <summary>Decodes a file.</summary>
    /// <exception cref="InputException">Damaged, truncated, too large, too small, or of a kind that has no gray picture.</exception>
    public static Radiograph Decode(byte[] content, RadiographFormat format, string name, RadiographReaderOptions options) =>
        Open(content, format, name, options, Finish);

    /// <summary>Checks a file; its pixels are decoded only where it seems to be cut off.</summary>
    /// <exception cref="InputException">As <see cref="Decode"/>, as far as the header shows it.</exception>
    public static RadiographHeader Check(byte[] content, RadiographFormat format, string name, RadiographReaderOptions options) =>
        RasterEnd.SeemsWhole(content, format)
            ? Open(
                content,
                format,
                name,
                options,
                (image, layout, _, warnings, _) =>
                {
                    _ = BitsOf(Checked(image, layout, name), name);
                    ImageOrientation orientation = OrientationOf(image);
                    ImageSize size = ImageOrientations.SizeOf(orientation, new ImageSize(image.Width, image.Height));
                    return new RadiographHeader(size, orientation, [.. warnings, .. layout.Remarks, .. Shape(image)]);
                }
            )
            // A decoder forgives an end that lacks nothing of the picture.
            : RadiographHeader.Of(Decode(content, format, name, options));

    /// <summary>Opens a file, which reads its header only, and does something with the picture.</summary>
    private static T Open<T>(
        byte[] content,
        RadiographFormat format,
        string name,
        RadiographReaderOptions options,
        Func<Image, RasterLayout, RadiographFormat, List<string>, string, T> use
    )
    {
        LibVips.EnsureLoaded();
        try
        {
            return format == RadiographFormat.Tiff
                ? OpenTiff(content, name, options, use)
                : OpenSingle(content, format, name, options, use);
        }
        catch (Exception exception) when (exception is VipsException or ArgumentNullException)
        {
            string kind = format.ToString().ToUpperInvariant();
            string reason = LibVips.OneLine(exception);
            bool unsupported = Unsupported.Any(word => exception.Message.Contains(word, StringComparison.OrdinalIgnoreCase));
            string message = unsupported
                ? $"{name}: {kind} of a kind that is not supported: {reason}; convert the image"
                : $"{name}: damaged or truncated {kind} file: {reason}";
            throw new InputException(message, exception);
        }
    }

    private static T OpenSingle<T>(
        byte[] content,
        RadiographFormat format,
        string name,
        RadiographReaderOptions options,
        Func<Image, RasterLayout, RadiographFormat, List<string>, string, T> use
    )
    {
        if (format == RadiographFormat.Jpeg)
        {
            TiffSupport.CheckJpeg(content, name);
        }

        using Image loaded =
            format == RadiographFormat.Png
                ? Image.PngloadBuffer(content, failOn: Enums.FailOn.Error)
                : Image.JpegloadBuffer(content, failOn: Enums.FailOn.Error);
        List<string> warnings = [];
        using Image image = format == RadiographFormat.Png ? WithChunks(loaded, content, warnings) : loaded.Copy();
        _ = ImageLimits.ChooseFrame(name, 1, "page", options);
        ImageLimits.Check(name, image.Width, image.Height, options);
        return use(image, RasterLayout.Of(image.Bands, image.HasAlpha(), image.Interpretation.ToString(), name), format, warnings, name);
    }

    /// <summary>What chunks behind the picture's data say of it.</summary>
    private static Image WithChunks(Image image, byte[] content, List<string> warnings)
    {
        if (PngChunks.Frames(content) is > 1 and var frames)
        {
            warnings.Add($"the PNG file is an animation of {frames} pictures; the one that stands for them all was read");
        }

        return !image.Contains(OrientationField) && PngChunks.Orientation(content) is { } orientation
            ? image.Mutate(header => header.Set(GValue.GIntType, OrientationField, orientation))
            : image.Copy();
    }

    private static T OpenTiff<T>(
        byte[] content,
        string name,
        RadiographReaderOptions options,
        Func<Image, RasterLayout, RadiographFormat, List<string>, string, T> use
    )
    {
        // Smaller copies and masks of a picture are no pages of their own.
        IReadOnlyList<TiffDirectory> all = TiffDirectory.ReadAll(content);
        List<TiffDirectory> pages = [.. all.Where(directory => directory.IsPicture)];
        pages = pages.Count > 0 ? pages : [.. all.Take(1)];
        if (pages.Count == 0)
        {
            throw new InputException($"{name}: damaged or truncated TIFF file: it has no directory of a picture");
        }

        int page = ImageLimits.ChooseFrame(name, pages.Count, "page", options);
        TiffDirectory tiff = pages[page - 1];
        TiffSupport.Check(tiff, name);
        if (tiff.LacksTiles)
        {
            throw new InputException($"{name}: damaged or truncated TIFF file: it lists fewer tiles than its picture has");
        }

        using Image image = Image.TiffloadBuffer(content, page: tiff.Index, failOn: Enums.FailOn.Error);
        ImageLimits.Check(name, image.Width, image.Height, options);
        TiffSupport.CheckSubsampling(tiff, image.Width, image.Height, name);
        List<string> warnings = pages.Count > 1 ? [$"the file has {pages.Count} pages; page {page} was read"] : [];
        return use(image, RasterLayout.Of(tiff, image.Bands), RadiographFormat.Tiff, warnings, name);
    }

    private static Image Checked(Image image, RasterLayout layout, string name) =>
        layout.Colours is 1 or 3
            ? image
            : throw new InputException(
                $"{name}: {image.Bands} channels ({image.Interpretation}); want gray or RGB, with or without alpha: convert the image"
            );

    private static int BitsOf(Image image, string name) =>
        image.Format switch
        {
            Enums.BandFormat.Uchar => 8,
            Enums.BandFormat.Ushort => 16,
            _ => throw new InputException($"{name}: samples of type {image.Format}; want 8 or 16-bit unsigned integers: convert the image"),
        };

    private static ImageOrientation OrientationOf(Image image) =>
        image.Contains(OrientationField) && image.Get(OrientationField) is int exif
            ? ImageOrientations.FromExif(exif)
            : ImageOrientation.Upright;

    private static IEnumerable<string> Shape(Image image)
    {
        if (image.Xres > 0 && image.Yres > 0 && Math.Abs((image.Xres / image.Yres) - 1) > ImageLimits.SquareTolerance)
        {
            yield return "the pixels are not square; the picture was taken as it is stored";
        }
    }

    private static Radiograph Finish(Image image, RasterLayout layout, RadiographFormat format, List<string> warnings, string name)
    {
        int stored = BitsOf(Checked(image, layout, name), name);
        warnings.AddRange(layout.Remarks);
        warnings.AddRange(Shape(image));
        RasterSamples samples = new(layout, image.Bands, warnings);
        (float[] pixels, int bits) =
            stored == 8 ? samples.FromBytes(image.WriteToMemory<byte>()) : samples.FromWords(image.WriteToMemory<ushort>());
        ImageOrientation orientation = OrientationOf(image);
        GrayImage upright = ImageOrientations.Apply(orientation, new GrayImage(image.Width, image.Height, pixels));
        return new Radiograph(
            upright,
            new RadiographProvenance
            {
                Format = format,
                StoredWidth = image.Width,
                StoredHeight = image.Height,
                Bits = bits,
                Samples = layout.Name,
                Orientation = orientation,
                Warnings = warnings,
            }
        );
    }
}
