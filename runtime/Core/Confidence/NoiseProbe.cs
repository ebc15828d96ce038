using CxrOnnx.Core.Diffusion;

namespace CxrOnnx.Core.Confidence;

/// <summary>
/// The noise with which an image is asked whether a phrase helps the U-Net to find it again. Every time step has a pair of opposite noises,
/// whose errors mostly cancel: one pair tells supported from unsupported phrases as well as four independent noises do.
/// </summary>
/// <param name="Timesteps">Training time steps in [0, T); at least one, at most <see cref="MostTimesteps"/>.</param>
/// <param name="Seed">Seed of the noise, which is the same for every image.</param>
public sealed record NoiseProbe(IReadOnlyList<int> Timesteps, long Seed)
{
    /// <summary>More cost more than they tell.</summary>
    public const int MostTimesteps = 64;

    /// <summary>
    /// The range that calibrations and evidence maps take where nothing else is asked for, as shares of the training time steps: there the
    /// noise hides details but not yet the whole image.
    /// </summary>
    public static (double First, double End) UsualRange => (0.2, 0.56);

    /// <summary>The number of pairs that they take.</summary>
    public const int UsualPairs = 2;

    /// <summary>The seed that they take.</summary>
    public const long UsualSeed = 1;

    /// <summary>U-Net evaluations per prompt, the empty one included.</summary>
    public int Samples => 2 * Timesteps.Count;

    /// <summary>A probe whose time steps lie in the middle of as many equal parts of a range.</summary>
    /// <param name="pairs">Number of time steps.</param>
    /// <param name="first">First time step of the range.</param>
    /// <param name="end">Its end, exclusive.</param>
    /// <param name="seed">Seed of the noise.</param>
    public static NoiseProbe Spread(int pairs, int first, int end, long seed) =>
        new([.. Enumerable.Range(0, pairs).Select(i => first + (int)((i + 0.5) * (end - first) / pairs))], seed);

    /// <summary>The same for a range in shares of all time steps.</summary>
    /// <param name="pairs">Number of time steps.</param>
    /// <param name="range">First and end, in [0, 1].</param>
    /// <param name="steps">Training time steps (T).</param>
    /// <param name="seed">Seed of the noise.</param>
    public static NoiseProbe Spread(int pairs, (double First, double End) range, int steps, long seed) =>
        Spread(pairs, (int)(range.First * steps), (int)(range.End * steps), seed);

    /// <summary>The noised images, pair by pair.</summary>
    /// <param name="schedule">The model's schedule.</param>
    /// <param name="clean">x_0, any shape.</param>
    /// <exception cref="ArgumentOutOfRangeException">A time step is not one of the schedule's.</exception>
    public IReadOnlyList<NoisySample> Draw(NoiseSchedule schedule, ReadOnlySpan<float> clean)
    {
        List<NoisySample> samples = [];
        foreach ((int i, int timestep) in Timesteps.Index())
        {
            float[] noise = new float[clean.Length];
            SeededNoise.Fill(Seed, i, noise);
            samples.Add(NoisySample.Of(schedule, clean, noise, timestep));
            samples.Add(NoisySample.Of(schedule, clean, Array.ConvertAll(noise, value => -value), timestep));
        }

        return samples;
    }
}
