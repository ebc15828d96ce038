using CxrOnnx.Core;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Grounding;

namespace CxrOnnx.Workflows.Ground;

/// <summary>
/// The prompts of <c>cxr ground --all</c>: those of <see cref="StandardGrid"/> that a bundle knows in full, or those whose states it
/// carries.
/// </summary>
public static class StandardPhrases
{
    /// <summary>The prompts, in the order of the grid.</summary>
    /// <param name="grounder">Knows the bundle's vocabulary.</param>
    /// <exception cref="InputException">The bundle has no tokenizer, or knows none of them.</exception>
    public static IReadOnlyList<string> Prompts(GroundingPipeline grounder)
    {
        if (grounder.StoredPhrases is { Count: > 0 } stored)
        {
            return stored;
        }

        string[] known = [.. StandardGrid.Prompts.Select(prompt => prompt.Text).Where(prompt => IsKnown(grounder, prompt))];
        return known.Length > 0
            ? known
            : throw new InputException("`all`: the bundle's vocabulary knows none of the standard prompts; name phrases instead");
    }

    private static bool IsKnown(GroundingPipeline grounder, string prompt)
    {
        try
        {
            return grounder.Encode(prompt).Warnings.Count == 0;
        }
        catch (InputException exception) when (exception.Message.Contains(prompt, StringComparison.Ordinal))
        {
            // A closed vocabulary that knows no word of it.
            return false;
        }
    }
}
