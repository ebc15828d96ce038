using CxrOnnx.Core.Atlas;

namespace CxrOnnx.Trainer.PromptTuning;

/// <summary>One (image, prompt, Gaussians) sample.</summary>
/// <param name="Image">Position in the trajectory cache.</param>
/// <param name="Prompt">Standard prompt.</param>
/// <param name="Gaussians">The Gaussians of the prompt's locations, as the atlas has them.</param>
public sealed record TuningSample(int Image, string Prompt, IReadOnlyList<LocationGaussian> Gaussians);
