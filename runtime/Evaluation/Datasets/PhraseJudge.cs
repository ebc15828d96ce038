using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>Decides whether an image's findings support a phrase.</summary>
/// <remarks>
/// Our own definition. A finding touches a location where one of its boxes comes within three standard deviations of one of the location's
/// Gaussians, that is, touches the location's average region. A phrase is supported where a finding has its pathology and its very
/// locations. It is unsupported where no finding of a pathology that may be the same touches any of its locations. All else is unclear and
/// belongs to neither.
/// </remarks>
/// <param name="findings">Every finding of the image, with its boxes in image pixels.</param>
/// <param name="size">Size of the image.</param>
/// <param name="atlas">Where locations lie.</param>
public sealed class PhraseJudge(
    IReadOnlyList<(StandardPrompt Prompt, IReadOnlyList<PixelBox> Boxes)> findings,
    ImageSize size,
    LocationAtlas atlas
)
{
    private static readonly double Reach = Math.Exp(-0.5 * 3 * 3);

    private readonly ImageTransform _transform = new(size, (int)LocationGaussian.GridSide);

    /// <summary>Judges a phrase.</summary>
    /// <param name="phrase">The phrase; at least one location.</param>
    public PhraseTruth Of(StandardPrompt phrase)
    {
        if (
            findings.Any(finding =>
                finding.Prompt.Pathology == phrase.Pathology && finding.Prompt.Locations.ToHashSet().SetEquals(phrase.Locations)
            )
        )
        {
            return PhraseTruth.Supported;
        }

        LocationGaussian[] place = [.. phrase.Locations.SelectMany(atlas.Gaussians).Distinct()];
        (StandardPrompt Prompt, IReadOnlyList<PixelBox> Boxes)[] same =
        [
            .. findings.Where(finding => DistractorPhrases.MayBeTheSame(finding.Prompt.Pathology, phrase.Pathology)),
        ];
        if (same.Any(finding => Touches(finding.Boxes, place)))
        {
            return PhraseTruth.Unclear;
        }

        if (same.Length > 0)
        {
            LocationGaussian[] mirror = [.. place.Select(gaussian => gaussian with { MuX = LocationGaussian.GridSide - gaussian.MuX })];
            return same.Any(finding => Touches(finding.Boxes, mirror)) ? PhraseTruth.OtherSide : PhraseTruth.OtherPlace;
        }

        return findings.Any(finding => Touches(finding.Boxes, place)) ? PhraseTruth.OtherPathology : PhraseTruth.Absent;
    }

    private bool Touches(IReadOnlyList<PixelBox> boxes, IReadOnlyList<LocationGaussian> place) =>
        boxes
            .Select(_transform.ToModel)
            .Any(box =>
                place.Any(gaussian =>
                    gaussian.PeakAt(Math.Clamp(gaussian.MuX, box.X, box.X + box.Width), Math.Clamp(gaussian.MuY, box.Y, box.Y + box.Height))
                    >= Reach
                )
            );
}
