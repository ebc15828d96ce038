namespace CxrOnnx.Evaluation.Methods;

/// <summary>What is done with phrases that a file of answers does not answer.</summary>
public enum UnansweredPolicy
{
    /// <summary>The file is refused.</summary>
    Refuse,

    /// <summary>They are left out of that system's figures, and counted.</summary>
    LeaveOut,

    /// <summary>They count as an overlap of 0, as an empty list of boxes does. Not for heatmaps: no map has no contrast.</summary>
    Zero,
}
