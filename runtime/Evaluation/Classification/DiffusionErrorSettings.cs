using CxrOnnx.Core;

namespace CxrOnnx.Evaluation.Classification;

/// <summary>How a diffusion classifier's expectation over noise and time is estimated.</summary>
public sealed record DiffusionErrorSettings
{
    private const int MostSamples = 100_000;

    /// <summary>
    /// Pairs of noise and time step per image; the same pairs for every phrase, so that their noise cancels in a comparison.
    /// </summary>
    public int Samples { get; init; } = 32;

    /// <summary>
    /// First (inclusive) and last (exclusive) training time step; one step is drawn from each of as many equal parts as there are samples.
    /// </summary>
    public (int First, int End) TimeRange { get; init; }

    /// <summary>Seed of noise and time steps.</summary>
    public ulong Seed { get; init; }

    /// <summary>U-Net evaluations per call.</summary>
    public int Batch { get; init; } = 8;

    /// <summary>Checks the numbers.</summary>
    /// <param name="timesteps">Training time steps of the model.</param>
    /// <exception cref="InputException">One is out of range.</exception>
    public void Check(int timesteps)
    {
        if (Samples is < 1 or > MostSamples)
        {
            throw new InputException($"`samples` {Samples}: wanted 1 to {MostSamples}");
        }

        if (Batch is < 1 or > 4096)
        {
            throw new InputException($"`batch` {Batch}: wanted 1 to 4096");
        }

        if (TimeRange.First < 0 || TimeRange.End <= TimeRange.First || TimeRange.End > timesteps)
        {
            throw new InputException(
                $"`time-range` {TimeRange.First} {TimeRange.End}: wanted two time steps, first below end, of 0 to {timesteps}"
            );
        }
    }
}
