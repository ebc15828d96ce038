using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Training;

/// <summary>
/// The random numbers of one training step, a function of (seed, stream, step) alone: a resumed run draws what an uninterrupted one would
/// have drawn.
/// </summary>
public sealed class StepRandom : IDisposable
{
    private readonly Generator _generator;

    /// <summary>Starts the numbers of one step.</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="stream">Separates uses (training, validation, initialisation) of one seed.</param>
    /// <param name="step">Step.</param>
    public StepRandom(long seed, int stream, long step)
    {
        ulong mixed = Mix(Mix(Mix((ulong)seed) ^ (ulong)stream) ^ (ulong)step);
        _generator = new Generator(mixed >> 1);
        Scalars = new Random((int)(mixed & 0x7fffffff));
    }

    /// <summary>Numbers for choices on the host.</summary>
    public Random Scalars { get; }

    /// <summary>Standard normal numbers. float32.</summary>
    public Tensor Normal(params long[] shape) => randn(shape, generator: _generator);

    /// <inheritdoc/>
    public void Dispose() => _generator.Dispose();

    // SplitMix64's finaliser: neighbouring seeds and steps give unrelated streams.
    private static ulong Mix(ulong x)
    {
        x += 0x9E3779B97F4A7C15UL;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
        return x ^ (x >> 31);
    }
}
