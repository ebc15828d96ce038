namespace CxrOnnx.Evaluation.Tables;

/// <summary>A system's row.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it is.</param>
/// <param name="Columns">Its scores by class and for <c>average</c>.</param>
public sealed record TableSystem(string Name, string Description, IReadOnlyDictionary<string, TableScore> Columns);
