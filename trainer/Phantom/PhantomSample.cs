using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;

namespace CxrOnnx.Phantom;

/// <summary>One synthetic radiograph with everything that is known about it.</summary>
public sealed record PhantomSample
{
    /// <summary>Index in the data set of the settings' seed.</summary>
    public required long Index { get; init; }

    /// <summary>The radiograph, values in [0, 1], bright = dense. The patient's left is on the image's right.</summary>
    public required GrayImage Image { get; init; }

    /// <summary>None to three findings of distinct pathologies.</summary>
    public required IReadOnlyList<PhantomFinding> Findings { get; init; }

    /// <summary>Anatomical boxes in image pixels, by the names of <see cref="AnatomyZones.Names"/>.</summary>
    public required IReadOnlyDictionary<string, PixelBox> Zones { get; init; }

    /// <summary>A report of a few sentences that says what is drawn (and some things that are not).</summary>
    public required string Report { get; init; }

    /// <summary>What the words of <see cref="Report"/> stand for, in order.</summary>
    public required IReadOnlyList<ReportEntity> ReportEntities { get; init; }
}
