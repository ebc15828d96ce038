namespace CxrOnnx.Grounding.Evidence;

/// <summary>What an image says of a phrase, before any map is scaled; only presets of evidence maps ask (docs/evidence.md).</summary>
/// <param name="Score">
/// How much better the U-Net predicts the image's noise with the phrase than without, where the phrase's attention lies (a matched filter):
/// compares phrases on one image, is no probability. About 0 where the phrase does not help.
/// </param>
/// <param name="OtherSide">The same words with left for right; null where the phrase is not of one side.</param>
/// <param name="OtherSideScore">The score of <paramref name="OtherSide"/>; null where there is none.</param>
/// <param name="PlacesAsked">How many places were asked for a phrase that names none; 0 where it names one.</param>
public sealed record PhraseEvidence(double Score, string? OtherSide, double? OtherSideScore, int PlacesAsked)
{
    /// <summary>Whether the image speaks more for the other side; null where there is none.</summary>
    public bool? FavoursOtherSide => OtherSideScore is { } other ? other > Score : null;
}
