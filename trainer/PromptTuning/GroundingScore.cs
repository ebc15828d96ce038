namespace CxrOnnx.Trainer.PromptTuning;

/// <summary>Mean scores of one way to ground.</summary>
/// <param name="Name">Which.</param>
/// <param name="Cases">Number of (image, phrase) cases.</param>
/// <param name="ContrastToNoiseRatio">Mean signed contrast-to-noise ratio.</param>
/// <param name="MeanIoU">Mean over cases of the mean IoU at thresholds 0.1 to 0.5, in [0, 1].</param>
public sealed record GroundingScore(string Name, int Cases, double ContrastToNoiseRatio, double MeanIoU);
