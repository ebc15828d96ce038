namespace CxrOnnx.Workflows.Diagnosis;

/// <summary>One check of the doctor.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Fix">What to do, where something is to be done.</param>
public sealed record Check(string Name, CheckOutcome Outcome, string Detail, string? Fix = null);
