namespace CxrOnnx.Grounding.Sessions;

/// <summary>Whether one execution provider can be used on this machine.</summary>
/// <param name="Provider">The provider.</param>
/// <param name="Usable">Whether a session could be created with it.</param>
/// <param name="Detail">What was found: the version, or the first thing that is missing, by name.</param>
/// <param name="Fix">What to do about it; null where it is usable.</param>
public sealed record ProviderStatus(ExecutionProvider Provider, bool Usable, string Detail, string? Fix);
