using CxrOnnx.Core.Prompts;
using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Lab.Confidence;

/// <summary>A phrase on an image, whether the image's findings support it, and what a grounding showed.</summary>
/// <param name="ImageId">Identifier of the image. Each image is a patient.</param>
/// <param name="Prompt">The phrase.</param>
/// <param name="Truth">Never <see cref="PhraseTruth.Unclear"/>.</param>
/// <param name="ImageError">How strange the image is to the model: <see cref="CxrOnnx.Grounding.Confidence.ProbedImage.Error"/>.</param>
/// <param name="Features">One value per name of <see cref="Core.Confidence.SupportFeatures.Names"/>.</param>
public sealed record CalibrationCase(
    string ImageId,
    StandardPrompt Prompt,
    PhraseTruth Truth,
    double ImageError,
    IReadOnlyList<double> Features
)
{
    /// <summary>Whether the image supports the phrase.</summary>
    public bool IsSupported => Truth == PhraseTruth.Supported;
}
