namespace CxrOnnx.Evaluation.ThirdParties;

/// <summary>The words in which other systems are asked for a phrase, as their authors' own code asks.</summary>
public static class ThirdPartyPrompts
{
    /// <summary>The systems, in the order of the columns.</summary>
    public static IReadOnlyList<string> Systems { get; } = ["biovil", "biovil-t", "maira-2", "radvlm", "chex", "chexagent"];

    /// <summary>The words for a phrase.</summary>
    /// <param name="system">One of <see cref="Systems"/>.</param>
    /// <param name="phrase">The phrase.</param>
    /// <remarks>
    /// BioViL, BioViL-T and ChEX encode the phrase itself, and MAIRA-2's processor puts its own words around it
    /// (<c>format_and_preprocess_phrase_grounding_input</c>). RadVLM and CheXagent are asked in sentences of their own code.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The system is not known.</exception>
    public static string Of(string system, string phrase) =>
        system switch
        {
            "biovil" or "biovil-t" or "maira-2" or "chex" => phrase,
            "radvlm" => $"Please locate the following sentence: {phrase}",
            "chexagent" => $"Please locate the following phrase: {phrase}",
            _ => throw new ArgumentOutOfRangeException(nameof(system), system, "not a known system"),
        };
}
