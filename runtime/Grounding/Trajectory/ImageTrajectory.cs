using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Grounding.Trajectory;

/// <summary>
/// The latents of one image at the steps whose attention is used. They do not depend on any phrase: keep the trajectory and ground as many
/// phrases on it as you like. Immutable and thread-safe until disposed.
/// </summary>
public sealed class ImageTrajectory : IDisposable
{
    private readonly Dictionary<int, float[]> _latents;
    private readonly Lock _keeping = new();
    private readonly Dictionary<string, object> _kept = [];
    private bool _disposed;

    internal ImageTrajectory(GroundingPlan plan, GridSize model, int channels, GridSize latentGrid, Dictionary<int, float[]> latents)
    {
        Plan = plan;
        ModelGrid = model;
        LatentChannels = channels;
        LatentGrid = latentGrid;
        _latents = latents;
        Sha256 = Hash(plan, latents);
    }

    /// <summary>The preset it was computed for, and its steps.</summary>
    public GroundingPlan Plan { get; }

    /// <summary>Size of the model's input.</summary>
    public GridSize ModelGrid { get; }

    /// <summary>Channels of the latents (Cz).</summary>
    public int LatentChannels { get; }

    /// <summary>Size of the latents (h, w).</summary>
    public GridSize LatentGrid { get; }

    /// <summary>The way back to the original image; null where the trajectory was computed from a model input.</summary>
    public ImageTransform? Transform { get; init; }

    /// <summary>z_0, float32 [Cz, h, w], row-major.</summary>
    public required ReadOnlyMemory<float> CleanLatents { get; init; }

    /// <summary>Hidden states of the empty prompt that it was inverted with, float32 [S, W].</summary>
    internal ReadOnlyMemory<float> EmptyPrompt { get; init; }

    /// <summary>Id of the bundle it was computed with.</summary>
    public required string BundleId { get; init; }

    /// <summary>Evaluations of the whole U-Net that it took.</summary>
    public required int Evaluations { get; init; }

    /// <summary>Time of the VAE encoder and the preprocessing.</summary>
    public required TimeSpan EncodeTime { get; init; }

    /// <summary>Time of the inversion.</summary>
    public required TimeSpan InversionTime { get; init; }

    /// <summary>Things a reader of the result should know about the image, one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Lower-case hexadecimal SHA-256 over the latents' bytes (float32, little-endian, ascending steps).</summary>
    public string Sha256 { get; }

    /// <summary>z_k, float32 [Cz, h, w], row-major.</summary>
    /// <param name="step">A step of <see cref="Plan"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step is not part of the plan.</exception>
    /// <exception cref="ObjectDisposedException">The trajectory was disposed.</exception>
    public ReadOnlySpan<float> Latents(int step)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _latents.TryGetValue(step, out float[]? latents)
            ? latents
            : throw new ArgumentOutOfRangeException(nameof(step), step, $"the trajectory holds the steps {string.Join(", ", Plan.Steps)}");
    }

    /// <summary>
    /// Bytes of memory that it holds or will hold: the latents of every step, the clean ones, and what a probe of a number of samples keeps
    /// (noise, noised latents, prediction, error).
    /// </summary>
    /// <param name="probeSamples">See <see cref="GroundingPipeline.SupportSamples"/>.</param>
    public long Bytes(int probeSamples) =>
        (long)(Plan.Steps.Count + 1 + (4 * probeSamples)) * LatentChannels * LatentGrid.CellCount * sizeof(float);

    /// <summary>What is computed once per image, with its first phrase, and kept with it.</summary>
    /// <param name="key">Names it.</param>
    /// <param name="compute">Computes it; runs once, also where several threads ask.</param>
    internal T Keep<T>(string key, Func<T> compute)
        where T : class
    {
        lock (_keeping)
        {
            if (!_kept.TryGetValue(key, out object? kept))
            {
                _kept.Add(key, kept = compute());
            }

            return (T)kept;
        }
    }

    /// <summary>Forgets the latents.</summary>
    public void Dispose()
    {
        _disposed = true;
        _latents.Clear();
        _kept.Clear();
    }

    private static string Hash(GroundingPlan plan, Dictionary<int, float[]> latents)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (int step in plan.Steps)
        {
            hash.AppendData(MemoryMarshal.AsBytes<float>(latents[step]));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
