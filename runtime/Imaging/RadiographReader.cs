using CxrOnnx.Core;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Imaging.Dicom;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Imaging.Raster;

namespace CxrOnnx.Imaging;

/// <summary>Reads radiographs: PNG, JPEG and TIFF (8 or 16 bit; gray, RGB, palette, alpha) and DICOM.</summary>
/// <remarks>Thread-safe. Nothing is kept between calls. The content decides the format, not the file's name.</remarks>
public static class RadiographReader
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">File path.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <exception cref="InputException">
    /// There is no such file, it is no radiograph, it is damaged, too large, too small or of one colour.
    /// </exception>
    public static Radiograph Read(string path, RadiographReaderOptions? options = null)
    {
        options ??= new RadiographReaderOptions();
        return Read(Load(path, options), Path.GetFileName(path), options);
    }

    /// <summary>
    /// Finds out, without decoding pixels, whether a file can be read: that it is there, of a known format, within the limits, of a kind
    /// that is supported, and not cut off where that shows. What only decoding shows (damage within the pixel data, a picture of one
    /// colour) is not found.
    /// </summary>
    /// <param name="path">File path.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <returns>Size of the upright picture, in pixels.</returns>
    /// <exception cref="InputException">It cannot be read.</exception>
    public static ImageSize Check(string path, RadiographReaderOptions? options = null) => Inspect(path, options).Size;

    /// <summary>Finds out the same as <see cref="Check"/>, and what else the header says.</summary>
    /// <param name="path">File path.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <exception cref="InputException">It cannot be read.</exception>
    public static RadiographHeader Inspect(string path, RadiographReaderOptions? options = null)
    {
        options ??= new RadiographReaderOptions();
        byte[] content = Load(path, options);
        string name = Path.GetFileName(path);
        RadiographFormat format = FormatOf(content, name);
        return format == RadiographFormat.Dicom
            ? DicomDecoder.Check(content, name, options)
            : RasterDecoder.Check(content, format, name, options);
    }

    /// <summary>Reads a file that is in memory.</summary>
    /// <param name="content">The file's bytes; not changed and not kept.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <exception cref="InputException">It is no radiograph, damaged, too large, too small or of one colour.</exception>
    public static Radiograph Read(byte[] content, string name, RadiographReaderOptions? options = null)
    {
        options ??= new RadiographReaderOptions();
        if (content.LongLength > options.MaxFileBytes)
        {
            throw new InputException($"{name}: {content.LongLength:N0} bytes, the limit is {options.MaxFileBytes:N0}; give a single image");
        }

        RadiographFormat format = FormatOf(content, name);
        Radiograph radiograph =
            format == RadiographFormat.Dicom
                ? DicomDecoder.Decode(content, name, options)
                : RasterDecoder.Decode(content, format, name, options);
        return CheckContrast(radiograph, name);
    }

    private static byte[] Load(string path, RadiographReaderOptions options)
    {
        if (Directory.Exists(path))
        {
            throw new InputException($"{path}: is a folder; give one image file");
        }

        FileInfo file = new(path);
        if (!file.Exists)
        {
            throw new InputException($"{path}: no such file; give the path of a PNG, JPEG, TIFF or DICOM radiograph");
        }

        if (file.Length == 0)
        {
            throw new InputException($"{path}: empty, or not a regular file; want PNG, JPEG, TIFF or DICOM");
        }

        if (file.Length > options.MaxFileBytes)
        {
            throw new InputException($"{path}: {file.Length:N0} bytes, the limit is {options.MaxFileBytes:N0}; give a single image");
        }

        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read: {exception.Message}", exception);
        }
    }

    private static RadiographFormat FormatOf(byte[] content, string name) =>
        FileSignature.Detect(content)
        ?? throw new InputException($"{name}: {FileSignature.Describe(content)}; want PNG, JPEG, TIFF or DICOM");

    private static Radiograph CheckContrast(Radiograph radiograph, string name)
    {
        string[] remarks = [.. GrayRange.Check(radiograph.Image.Pixels, name)];
        return remarks.Length == 0
            ? radiograph
            : radiograph with
            {
                Provenance = radiograph.Provenance with { Warnings = [.. radiograph.Provenance.Warnings, .. remarks] },
            };
    }
}
