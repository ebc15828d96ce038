namespace CxrOnnx.Workflows.Batch;

/// <summary>How a batch is dealt out: pinned when its first part begins, so that a task run again finds its own part.</summary>
/// <param name="Parts">Number of parts.</param>
/// <param name="FirstTask">Number of the array task that is part 1; null where parts were named, not numbered by an array.</param>
/// <param name="TaskStep">Distance between the numbers of tasks.</param>
public sealed record BatchNumbering(int Parts, int? FirstTask = null, int TaskStep = 1);
