using CxrOnnx.Core.Confidence;

namespace CxrOnnx.Lab.Confidence;

/// <summary>What asking the images of sets gave.</summary>
/// <param name="Cases">Supported and unsupported phrases.</param>
/// <param name="Mirrored">Phrases of one side and their opposites, also on mirrored images; empty where that was not asked for.</param>
internal sealed record CalibrationCases(IReadOnlyList<CalibrationCase> Cases, IReadOnlyList<MirroredCase> Mirrored)
{
    /// <summary>What a model makes of the mirrored images; null where there are none.</summary>
    public MirrorFigures? MirrorFigures(ConfidenceModel model)
    {
        if (Mirrored.Count == 0)
        {
            return null;
        }

        bool Prefers(IReadOnlyList<double> first, IReadOnlyList<double> second) =>
            model.Assess(first).Probability > model.Assess(second).Probability;
        (bool Own, bool OtherMirrored)[] sides =
        [
            .. Mirrored.Select(item => (Prefers(item.Own, item.Other), Prefers(item.OtherMirrored, item.OwnMirrored))),
        ];
        double Share(Func<(bool Own, bool OtherMirrored), bool> holds) => Math.Round((double)sides.Count(holds) / sides.Length, 4);
        return new MirrorFigures(
            sides.Length,
            Share(side => side.Own),
            Share(side => side.OtherMirrored),
            Share(side => side.Own == side.OtherMirrored)
        );
    }
}
