namespace CxrOnnx.Workflows.Diagnosis;

/// <summary>Runs every check. What goes wrong on the machine is a check's result, never an exception.</summary>
public static class Doctor
{
    /// <summary>All checks in the order in which they are shown.</summary>
    public static IReadOnlyList<Check> Examine(DoctorRequest request) =>
        [
            MachineChecks.Platform(),
            MachineChecks.DotNet(),
            MachineChecks.ImageLibrary(),
            RuntimeChecks.OnnxRuntime(),
            RuntimeChecks.Telemetry(),
            .. RuntimeChecks.Providers(request),
            RuntimeChecks.Bundle(request),
            MachineChecks.DicomTools(),
        ];
}
