namespace CxrOnnx.Evaluation.Report;

/// <summary>Rows of pictures under one heading.</summary>
/// <param name="Heading">The heading.</param>
/// <param name="Explanation">A sentence or two.</param>
/// <param name="Rows">The rows.</param>
public sealed record PictureSection(string Heading, string Explanation, IReadOnlyList<PictureRow> Rows);
