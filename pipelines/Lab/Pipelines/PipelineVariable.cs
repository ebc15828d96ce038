namespace CxrOnnx.Lab.Pipelines;

/// <summary>A variable of a pipeline; <c>{name}</c> in any value stands for it.</summary>
/// <param name="Name">Lower-case letters, digits and hyphens.</param>
/// <param name="About">What it is, for people.</param>
/// <param name="Value">Its value; null for an optional one that has none: what names it is left out.</param>
/// <param name="IsDefault">Whether the value is the file's own.</param>
public sealed record PipelineVariable(string Name, string About, string? Value, bool IsDefault);
