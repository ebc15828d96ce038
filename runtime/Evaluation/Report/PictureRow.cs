namespace CxrOnnx.Evaluation.Report;

/// <summary>Pictures that belong side by side.</summary>
/// <param name="Title">What the row shows, such as a phrase.</param>
/// <param name="Remark">Where it comes from and why it is shown.</param>
/// <param name="Pictures">The pictures in order.</param>
public sealed record PictureRow(string Title, string Remark, IReadOnlyList<EvaluationPicture> Pictures);
