using CxrOnnx.Core;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Radiographs;

namespace CxrOnnx.Workflows.Batch;

/// <summary>An image of a batch with everything asked about it.</summary>
/// <param name="Position">Position among the images, from 0.</param>
/// <param name="Image">The image as the manifest or the annotations name it.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Phrases">The phrases, each once, in order: those that were given and the findings of its reports.</param>
public sealed record BatchImage(int Position, string Image, string Path, IReadOnlyList<BatchPhrase> Phrases)
{
    /// <summary>The frame or page of the file, from 1; null where it has one.</summary>
    public int? Frame { get; init; }

    /// <summary>Its reports, each once, in order.</summary>
    public IReadOnlyList<BatchReport> Reports { get; init; } = [];

    /// <summary>The size that its annotations are for; null where any will do.</summary>
    public ImageSize? Size { get; init; }

    /// <summary>Why there is no file; null where <see cref="Path"/> may be opened.</summary>
    public string? Problem { get; init; }

    /// <summary>The report that a phrase is a finding of, with what it says of it; null where the phrase was given as such.</summary>
    /// <param name="phrase">The phrase.</param>
    public (BatchReport Report, ReportFinding Finding)? OfReport(BatchPhrase phrase)
    {
        foreach (BatchReport report in Reports)
        {
            if (report.Reading?.Findings.FirstOrDefault(finding => finding.Prompt.Text == phrase.Phrase) is { } found)
            {
                return (report, found);
            }
        }

        return null;
    }

    /// <summary>Finds out, without decoding pixels, whether the file can be used.</summary>
    /// <param name="maxPixels">Largest image that is read.</param>
    /// <exception cref="InputException">It cannot.</exception>
    internal void Check(long maxPixels)
    {
        RefuseIfMissing();
        RefuseUnlessFit(RadiographReader.Check(Path, Options(maxPixels)));
    }

    /// <summary>Reads the file.</summary>
    /// <param name="maxPixels">Largest image that is read.</param>
    /// <exception cref="InputException">It cannot be used.</exception>
    internal Radiograph Read(long maxPixels)
    {
        RefuseIfMissing();
        Radiograph radiograph = RadiographReader.Read(Path, Options(maxPixels));
        RefuseUnlessFit(radiograph.Image.Size);
        return radiograph;
    }

    private RadiographReaderOptions Options(long maxPixels) => new() { MaxPixels = maxPixels, Frame = Frame };

    private void RefuseIfMissing()
    {
        if (Problem is not null)
        {
            throw new InputException(Problem);
        }
    }

    private void RefuseUnlessFit(ImageSize found)
    {
        if (Size is { } wanted && found != wanted)
        {
            throw new InputException($"{Path}: {found} pixels, the annotations are for {wanted}; take the images the boxes were drawn on");
        }
    }
}
