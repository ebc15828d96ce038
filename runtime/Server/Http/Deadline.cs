using CxrOnnx.Server.Configuration;
using CxrOnnx.Server.Problems;
using Microsoft.AspNetCore.Http;

namespace CxrOnnx.Server.Http;

/// <summary>Fires when the client left or the request's time is over.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly long _start = Environment.TickCount64;

    public Deadline(HttpContext context, ServiceOptions options)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        _source.CancelAfter(TimeSpan.FromSeconds(options.DeadlineSeconds));
        Limit = options.DeadlineSeconds;
    }

    /// <summary>Fires at the end.</summary>
    public CancellationToken Token => _source.Token;

    private double Limit { get; }

    /// <summary>Shortens the time to what the client asked for, counted from the request's arrival.</summary>
    /// <exception cref="ProblemException">400: not a positive number.</exception>
    public void Shorten(double? seconds)
    {
        if (seconds is not { } wanted)
        {
            return;
        }

        if (!(wanted > 0))
        {
            throw ProblemException.BadRequest("deadline", "deadline_seconds must be greater than 0");
        }

        if (wanted < Limit)
        {
            _source.CancelAfter(TimeSpan.FromMilliseconds(Math.Max(0, (wanted * 1000) - (Environment.TickCount64 - _start))));
        }
    }

    public void Dispose() => _source.Dispose();
}
