namespace CxrOnnx.Workflows.Diagnosis;

/// <summary>What the doctor is asked to look at.</summary>
/// <param name="Bundle">Bundle to open, or null for the shipped one.</param>
/// <param name="Provider">Provider that is needed: <c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>tensorrt</c>.</param>
/// <param name="ProviderLibrary">Plug-in library, or null.</param>
public sealed record DoctorRequest(string? Bundle, string Provider, string? ProviderLibrary);
