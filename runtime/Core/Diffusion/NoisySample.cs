namespace CxrOnnx.Core.Diffusion;

/// <summary>A noised image with the noise that is in it.</summary>
/// <param name="Timestep">t in [0, T).</param>
/// <param name="Noise">Standard normal noise, any shape.</param>
/// <param name="Noisy">x_t = sqrt(alpha_bar_t) x_0 + sqrt(1 - alpha_bar_t) noise, same length.</param>
public sealed record NoisySample(int Timestep, float[] Noise, float[] Noisy)
{
    /// <summary>Noises an image.</summary>
    /// <param name="schedule">The model's schedule.</param>
    /// <param name="clean">x_0, any shape.</param>
    /// <param name="noise">Standard normal noise, same length; kept.</param>
    /// <param name="timestep">t in [0, T).</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timestep"/> is outside [0, T).</exception>
    public static NoisySample Of(NoiseSchedule schedule, ReadOnlySpan<float> clean, float[] noise, int timestep)
    {
        float[] noisy = new float[noise.Length];
        schedule.AddNoise(clean, noise, timestep, noisy);
        return new NoisySample(timestep, noise, noisy);
    }
}
