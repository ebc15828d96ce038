namespace CxrOnnx.Evaluation.Methods;

/// <summary>The attention of one token of a phrase.</summary>
/// <param name="Token">The token, without the mark of a word's end.</param>
/// <param name="Sketch">Its heatmap.</param>
public sealed record TokenSketch(string Token, PredictionSketch Sketch);
