namespace CxrOnnx.Cli.Diagnosis;

/// <summary>How one check ended.</summary>
public enum CheckOutcome
{
    /// <summary>It is there and works.</summary>
    Pass,

    /// <summary>It is not there, and only some inputs or machines need it.</summary>
    Optional,

    /// <summary>It has to be mended before anything can be grounded (or it was asked for by name).</summary>
    Fail,
}

/// <summary>One check of the doctor.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Fix">What to do, where something is to be done.</param>
public sealed record Check(string Name, CheckOutcome Outcome, string Detail, string? Fix = null);
