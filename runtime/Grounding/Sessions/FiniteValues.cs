using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>Refuses NaN and infinity in what a graph computed, before they become a picture.</summary>
internal static class FiniteValues
{
    /// <summary>Checks every value.</summary>
    /// <param name="values">What the graph computed; any shape.</param>
    /// <param name="what">What it is, for the message.</param>
    /// <param name="graph">Name of the graph.</param>
    /// <exception cref="ArtifactException">A value is NaN or infinite.</exception>
    public static void Check(ReadOnlySpan<float> values, string what, string graph)
    {
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
            {
                throw new ArtifactException(
                    FormattableString.Invariant(
                        $"{graph}: {what} contains {value}; the weights are damaged, or the precision is too low for this model"
                    )
                );
            }
        }
    }
}
