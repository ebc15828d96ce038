namespace CxrOnnx.Workflows.Batch;

/// <summary>What a run did.</summary>
/// <param name="Images">Images of the part.</param>
/// <param name="Grounded">Phrases grounded now.</param>
/// <param name="Failed">Phrases and reports without an answer.</param>
/// <param name="Earlier">Lines that an earlier run had written.</param>
/// <param name="FirstError">The first error, or empty.</param>
public sealed record BatchSummary(int Images, int Grounded, int Failed, int Earlier, string FirstError)
{
    /// <summary>Images with a phrase that was grounded now.</summary>
    public int GroundedImages { get; init; }

    /// <summary>Reports without findings, found so now.</summary>
    public int NormalReports { get; init; }

    /// <summary>Reports among <see cref="Failed"/>.</summary>
    public int FailedReports { get; init; }
}
