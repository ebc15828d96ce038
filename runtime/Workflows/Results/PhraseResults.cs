using CxrOnnx.Core.Prompts;
using CxrOnnx.Grounding;

namespace CxrOnnx.Workflows.Results;

/// <summary>A phrase's grounding as the result documents write it.</summary>
public static class PhraseResults
{
    /// <summary>Makes the entry of one phrase.</summary>
    /// <param name="grounding">What was found.</param>
    /// <param name="heatmap">Where its heatmap is; see <see cref="PhraseResult.Heatmap"/>.</param>
    /// <param name="overlay">Where its picture is.</param>
    /// <param name="tokens">The heatmaps of its sub-tokens.</param>
    public static PhraseResult Of(PhraseGrounding grounding, string? heatmap, string? overlay, IReadOnlyList<TokenResult> tokens)
    {
        StandardPrompt? prompt = grounding.Prompt;
        return new PhraseResult
        {
            Phrase = grounding.Phrase.Phrase,
            Text = grounding.Phrase.Text,
            StandardPrompt = prompt?.Text,
            Pathology = prompt?.Pathology.Name,
            Locations = [.. prompt?.Locations.Select(location => location.Name) ?? []],
            Tokens = grounding.Phrase.Tokens,
            Boxes =
            [
                .. grounding.Regions.Select(region =>
                    (IReadOnlyList<double>)[region.Box.X, region.Box.Y, region.Box.Width, region.Box.Height]
                ),
            ],
            Peak = grounding.Peak is { } peak ? new PeakResult(peak.X, peak.Y, Math.Round(peak.Value, 6)) : null,
            Focus = Math.Round(grounding.Focus, 4),
            Heatmap = heatmap,
            Overlay = overlay,
            TokenHeatmaps = tokens,
            Confidence = grounding.Confidence is { } confidence ? Math.Round(confidence.Probability, 4) : null,
            Region = grounding.Confidence?.Region,
            Seconds = Math.Round((grounding.Timings.Text + grounding.Timings.Attention + grounding.Timings.Support).TotalSeconds, 4),
            Warnings = grounding.Warnings,
        };
    }
}
