using CxrOnnx.Core;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Imaging;

namespace CxrOnnx.Lab.Quantization;

/// <summary>What an int8 export is calibrated on.</summary>
/// <param name="Folder">Folder with radiographs like those to be grounded.</param>
/// <param name="Images">How many of them are used, at most; the first in alphabetical order.</param>
public sealed record CalibrationSettings(string Folder, int Images)
{
    /// <summary>How ranges follow from the values seen.</summary>
    public RangeMethod Ranges { get; init; } = RangeMethod.Mse;

    /// <summary>
    /// The least correlation with the float32 bundle's heatmap that each of the compared heatmaps must have; layers are kept in float32
    /// until it is reached.
    /// </summary>
    public double LeastCorrelation { get; init; } = 0.99;

    private static readonly string[] Endings = [".png", ".jpg", ".jpeg", ".tif", ".tiff", ".dcm", ".dicom"];

    /// <summary>Reads the radiographs.</summary>
    /// <exception cref="InputException">There is no such folder, it has no image, or an image cannot be read.</exception>
    public IReadOnlyList<GrayImage> Read()
    {
        if (LeastCorrelation is not (> 0 and < 1))
        {
            throw new InputException(FormattableString.Invariant($"--least-correlation {LeastCorrelation}: must lie between 0 and 1"));
        }

        if (Images < 1)
        {
            throw new InputException($"--calibration-images {Images}: must be at least 1");
        }

        if (!Directory.Exists(Folder))
        {
            throw new InputException($"--calibration {Folder}: no such folder");
        }

        string[] files =
        [
            .. Directory
                .EnumerateFiles(Folder)
                .Where(file => Endings.Contains(Path.GetExtension(file).ToLowerInvariant()))
                .Order(StringComparer.Ordinal)
                .Take(Images),
        ];
        return files.Length > 0
            ? [.. files.Select(file => RadiographReader.Read(file).Image)]
            : throw new InputException($"--calibration {Folder}: no image in it ({string.Join(", ", Endings)})");
    }
}
