using System.Diagnostics.CodeAnalysis;

namespace CxrOnnx.Core.Prompts;

/// <summary>
/// A prompt in the form the text encoder is tuned on: "{location} {pathology}", repeated with "and" for several locations
/// (<c>left lower pneumonia and right upper pneumonia</c>).
/// </summary>
/// <remarks>
/// Vilouras et al., MIDL 2026 (arXiv:2506.10633), section 3.1. Where a location ends with the word its pathology begins with, that word is
/// written once: <c>left pleural effusion</c>, <c>cardiomegaly</c>. Two prompts are equal if pathology and locations are.
/// </remarks>
public sealed record StandardPrompt
{
    /// <summary>Creates the prompt of a pathology and its locations.</summary>
    /// <param name="pathology">The pathology.</param>
    /// <param name="locations">
    /// Its locations in the order in which they shall be written; repeated ones count once. None: the pathology alone.
    /// </param>
    public StandardPrompt(Pathology pathology, params IEnumerable<Location> locations)
    {
        Pathology = pathology;
        Locations = [.. locations.Distinct()];
        Text = Locations.Count == 0 ? pathology.PromptText : string.Join(" and ", Locations.Select(location => Join(location, pathology)));
    }

    /// <summary>The words for the text encoder.</summary>
    public string Text { get; }

    /// <summary>The locations, in the order of the text; may be empty.</summary>
    public IReadOnlyList<Location> Locations { get; }

    /// <summary>The pathology.</summary>
    public Pathology Pathology { get; }

    /// <summary>The same with left for right and right for left; null unless all its locations are of one side.</summary>
    public StandardPrompt? OtherSide
    {
        get
        {
            if (Locations.Select(location => location.Side).Distinct().ToArray() is not [(Side.Left or Side.Right) and var side])
            {
                return null;
            }

            Side opposite = side == Side.Left ? Side.Right : Side.Left;
            return new StandardPrompt(Pathology, Locations.Select(location => Location.Of(opposite, location.Zone)));
        }
    }

    /// <summary>
    /// Reads a phrase, in the standard form or as a radiologist would write it (<c>Large R-sided pneumothorax</c>,
    /// <c>patchy opacities in both lower lobes</c>).
    /// </summary>
    /// <param name="phrase">One phrase about one pathology.</param>
    /// <param name="prompt">The prompt; locations stay empty where the phrase names none that is known.</param>
    /// <returns>False if the phrase names no pathology, several, or says that it is absent.</returns>
    public static bool TryParse(string phrase, [NotNullWhen(true)] out StandardPrompt? prompt)
    {
        List<ReportFinding> findings = [.. ReportParser.Findings(phrase, anySection: true)];
        prompt = findings.Count == 1 ? findings[0].Prompt : null;
        return prompt is not null;
    }

    /// <inheritdoc/>
    public bool Equals(StandardPrompt? other) =>
        other is not null && Pathology == other.Pathology && Locations.SequenceEqual(other.Locations);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Pathology, Locations.Count, Locations.Count > 0 ? Locations[0] : null);

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static string Join(Location location, Pathology pathology)
    {
        string[] words = location.Name.Split(' ');
        bool repeated = words[^1] == pathology.PromptText.Split(' ')[0];
        return string.Join(' ', [.. repeated ? words[..^1] : words, pathology.PromptText]);
    }
}
