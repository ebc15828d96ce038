namespace CxrOnnx.Imaging.Radiographs;

/// <summary>Limits that are checked before any pixel is decoded, and the choice among several pictures.</summary>
public sealed record RadiographReaderOptions
{
    /// <summary>Most pixels (width x height) of an image.</summary>
    /// <value>100,000,000: twice the largest radiographs that detectors make.</value>
    public long MaxPixels { get; init; } = 100_000_000;

    /// <summary>Fewest pixels of the shorter side.</summary>
    /// <value>32: below that there is nothing to ground on.</value>
    public int MinSide { get; init; } = 32;

    /// <summary>Most bytes of a file.</summary>
    /// <value>1 GiB.</value>
    public long MaxFileBytes { get; init; } = 1L << 30;

    /// <summary>Which frame (DICOM) or page (TIFF) of a file is read, counted from 1.</summary>
    /// <value>null: a file with more than one is refused.</value>
    public int? Frame { get; init; }

    /// <summary>
    /// How long the external DICOM decompressor may run at most. A small file gets less: 3 seconds and 10 for each of its megabytes, some
    /// hundred times what a good one takes, so that a damaged one does not hold a place for long.
    /// </summary>
    /// <value>60 seconds.</value>
    public TimeSpan DecompressionTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Folders in which <c>gdcmconv</c> is looked for, separated as in the PATH variable; null takes the PATH of the process.
    /// </summary>
    public string? ProgramPath { get; init; }
}
