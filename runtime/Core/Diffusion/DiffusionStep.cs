namespace CxrOnnx.Core.Diffusion;

/// <summary>
/// One deterministic step between two noise levels as plain coefficients: <c>next = NextSample * sample + NextOutput * output</c>, and the
/// clean latent that the model believes in, <c>x0 = CleanSample * sample + CleanOutput * output</c>.
/// </summary>
/// <remarks>
/// Song et al. 2020, arXiv:2010.02502, Eq. (12) with sigma = 0, their alpha_t being our alpha_bar:
/// next = sqrt(alpha_bar') x0 + sqrt(1 - alpha_bar') eps, where for velocity x0 = sqrt(alpha_bar) x - sqrt(1 - alpha_bar) v and
/// eps = sqrt(alpha_bar) v + sqrt(1 - alpha_bar) x, and for epsilon x0 = (x - sqrt(1 - alpha_bar) eps) / sqrt(alpha_bar). Both are linear
/// in x and the output, so that one multiply-add per value is all that is left. Which way the step goes (denoising or inversion) is only a
/// matter of alpha_bar'.
/// </remarks>
/// <param name="NextSample">Weight of the sample in the next sample.</param>
/// <param name="NextOutput">Weight of the model's output in the next sample.</param>
/// <param name="CleanSample">Weight of the sample in the predicted clean latent.</param>
/// <param name="CleanOutput">Weight of the model's output in the predicted clean latent.</param>
public readonly record struct DiffusionStep(double NextSample, double NextOutput, double CleanSample, double CleanOutput)
{
    /// <summary>The step from alpha_bar to alpha_bar'.</summary>
    /// <param name="alphaBar">Of the sample at hand; in (0, 1].</param>
    /// <param name="nextAlphaBar">Of the sample wanted; in [0, 1].</param>
    /// <param name="prediction">What the model's output stands for.</param>
    public static DiffusionStep Between(double alphaBar, double nextAlphaBar, PredictionType prediction)
    {
        if (alphaBar is not (> 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(alphaBar), alphaBar, "must lie in (0, 1]");
        }

        if (nextAlphaBar is not (>= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(nextAlphaBar), nextAlphaBar, "must lie in [0, 1]");
        }

        double signal = Math.Sqrt(alphaBar);
        double noise = Math.Sqrt(1 - alphaBar);
        double nextSignal = Math.Sqrt(nextAlphaBar);
        double nextNoise = Math.Sqrt(1 - nextAlphaBar);
        return prediction switch
        {
            PredictionType.Velocity => new(
                (nextSignal * signal) + (nextNoise * noise),
                (nextNoise * signal) - (nextSignal * noise),
                signal,
                -noise
            ),
            PredictionType.Epsilon => new(nextSignal / signal, nextNoise - (nextSignal * noise / signal), 1 / signal, -noise / signal),
            _ => throw new ArgumentOutOfRangeException(nameof(prediction), prediction, "unknown prediction type"),
        };
    }

    /// <summary>Carries the sample to the next noise level.</summary>
    /// <param name="sample">x, any shape.</param>
    /// <param name="output">The model's output at x, same length.</param>
    /// <param name="next">Result, same length; may be one of the inputs.</param>
    public void Next(ReadOnlySpan<float> sample, ReadOnlySpan<float> output, Span<float> next) =>
        LinearCombination.Write(NextSample, sample, NextOutput, output, next);

    /// <summary>The clean latent that the model's output implies.</summary>
    /// <param name="sample">x, any shape.</param>
    /// <param name="output">The model's output at x, same length.</param>
    /// <param name="clean">Result, same length; may be one of the inputs.</param>
    public void PredictClean(ReadOnlySpan<float> sample, ReadOnlySpan<float> output, Span<float> clean) =>
        LinearCombination.Write(CleanSample, sample, CleanOutput, output, clean);
}
