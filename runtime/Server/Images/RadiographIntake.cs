using System.Diagnostics;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Server.Configuration;
using CxrOnnx.Server.Metrics;

namespace CxrOnnx.Server.Images;

/// <summary>Decodes uploads, few at a time: a decoded radiograph can take hundreds of megabytes.</summary>
internal sealed class RadiographIntake(ServiceOptions options, ServiceMetrics metrics) : IDisposable
{
    /// <summary>What uploads are called in messages; their real names may hold a patient's.</summary>
    private const string Name = "image";

    private readonly SemaphoreSlim _places = new(Math.Max(1, Environment.ProcessorCount / 2));
    private readonly RadiographReaderOptions _limits = new() { MaxPixels = options.MaxPixels, MaxFileBytes = options.MaxBodyBytes };

    /// <summary>Decodes a file.</summary>
    /// <param name="content">The file.</param>
    /// <param name="frame">Which frame or page of a file with several, from 1; null where it has one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="Core.InputException">It is no radiograph, damaged, too large or too small.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while it waited.</exception>
    public Task<Radiograph> ReadAsync(byte[] content, int? frame, CancellationToken cancellationToken) =>
        DecodeAgainAsync(() => Read(content, frame), cancellationToken);

    /// <summary>Does work that decodes, or may have to decode, an image.</summary>
    /// <exception cref="OperationCanceledException">Cancelled while it waited.</exception>
    public async Task<T> DecodeAgainAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(work, cancellationToken);
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>Decodes a file that was decoded before, on the calling thread.</summary>
    public Radiograph Read(byte[] content, int? frame)
    {
        long start = Stopwatch.GetTimestamp();
        Radiograph radiograph = RadiographReader.Read(content, Name, _limits with { Frame = frame });
        metrics.Stage("image", Stopwatch.GetElapsedTime(start));
        return radiograph;
    }

    public void Dispose() => _places.Dispose();
}
