namespace CxrOnnx.Workflows.Diagnosis;

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
