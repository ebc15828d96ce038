using CxrOnnx.Core;

namespace CxrOnnx.Lab.Curation;

/// <summary>What <c>cxr-lab curate</c> is to do.</summary>
internal sealed record CurationRequest
{
    /// <summary>Folder, archive or CSV file of reports, or null.</summary>
    public string? Reports { get; init; }

    /// <summary>RadGraph's output instead, or null; with <see cref="Reports"/> beside it, numbers are the rows of that file.</summary>
    public string? RadGraph { get; init; }

    /// <summary>Which images.</summary>
    public required ImageSelection Images { get; init; }

    /// <summary>Share of patients kept for validation.</summary>
    public double Validation { get; init; } = 0.1;

    /// <summary>Whether findings that a report hedges are left out.</summary>
    public bool CertainOnly { get; init; }

    /// <summary>Known findings to measure the recogniser by, or null.</summary>
    public string? Truth { get; init; }

    /// <summary>Folder for the set.</summary>
    public required string Folder { get; init; }

    /// <summary>Checks what needs no file.</summary>
    /// <exception cref="InputException">Something is missing or out of range.</exception>
    public void Check()
    {
        if (Reports is null && RadGraph is null)
        {
            throw new InputException("want either --reports or --radgraph");
        }

        if (Images.Folder is null && Images.Metadata is null)
        {
            throw new InputException("want --images or --metadata or both, which say which image belongs to a report");
        }

        if (Validation is not (>= 0 and <= 1))
        {
            throw new InputException(FormattableString.Invariant($"--validation {Validation}: want a share between 0 and 1"));
        }
    }
}
