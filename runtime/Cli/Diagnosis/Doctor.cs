namespace CxrOnnx.Cli.Diagnosis;

/// <summary>Runs every check. None of them throws: what goes wrong is the check's result.</summary>
public static class Doctor
{
    /// <summary>All checks in the order in which they are shown.</summary>
    public static IReadOnlyList<Check> Examine(DoctorRequest request) =>
    [
        MachineChecks.Platform(),
        MachineChecks.DotNet(),
        MachineChecks.ImageLibrary(),
        MachineChecks.DicomTools(),
    ];
}
