using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Server.Configuration;
using CxrOnnx.Server.Metrics;

namespace CxrOnnx.Server.Work;

/// <summary>Trajectories by model, preset and picture; the least recently used go first.</summary>
internal sealed class TrajectoryCache(ServiceOptions options, ServiceMetrics metrics)
{
    private readonly ByteBoundedCache<TrajectoryKey, ImageTrajectory> _cache = new(options.TrajectoryCacheBytes)
    {
        Evicted = () => metrics.TrajectoryEvictions.Add(1),
    };

    /// <summary>Bytes kept.</summary>
    public long Bytes => _cache.Bytes;

    /// <summary>Whether a trajectory is kept; counts nothing.</summary>
    public bool Has(TrajectoryKey key) => _cache.Contains(key);

    /// <summary>The kept trajectory, or null; counts hits and misses.</summary>
    public ImageTrajectory? Find(TrajectoryKey key)
    {
        bool found = _cache.TryGet(key, out ImageTrajectory? trajectory);
        (found ? metrics.TrajectoryHits : metrics.TrajectoryMisses).Add(1);
        return trajectory;
    }

    /// <summary>Keeps a trajectory.</summary>
    public void Keep(TrajectoryKey key, ImageTrajectory trajectory, int probeSamples)
    {
        _cache.Set(key, trajectory, trajectory.Bytes(probeSamples));
        metrics.TrajectoryBytes.Record(_cache.Bytes);
    }
}

/// <summary>What a trajectory depends on.</summary>
/// <param name="ModelName">Name under which the model is served.</param>
/// <param name="BundleSha256">Digest of the bundle: a reloaded model never meets trajectories of its predecessor.</param>
/// <param name="Preset">Preset.</param>
/// <param name="ImageKey">Tells the picture from all others.</param>
internal sealed record TrajectoryKey(string ModelName, string BundleSha256, string Preset, string ImageKey);
