using CxrOnnx.Server.Configuration;
using CxrOnnx.Server.Problems;

namespace CxrOnnx.Server.Work;

/// <summary>
/// Bounds the requests that are inside: reading, waiting and being computed. A request enters before its body is read, so that a crowd
/// costs no memory, and every request that entered is answered.
/// </summary>
internal sealed class Admission(ServiceOptions options, WorkQueue queue)
{
    private readonly int _limit = options.QueueLength + options.AllWorkers;
    private readonly object _gate = new();
    private int _inside;
    private double _meanSeconds = 1;

    /// <summary>Requests inside.</summary>
    public int Inside => Volatile.Read(ref _inside);

    /// <summary>Lets a request in.</summary>
    /// <exception cref="ProblemException">It is full: 429 with the time after which to try again.</exception>
    public Ticket Enter()
    {
        if (Interlocked.Increment(ref _inside) <= _limit)
        {
            return new Ticket(this);
        }

        Interlocked.Decrement(ref _inside);
        double wait = Math.Clamp(queue.Count * _meanSeconds / options.AllWorkers, 1, 60);
        throw new ProblemException(
            429,
            "queue-full",
            "Too many requests are waiting",
            $"{options.QueueLength} requests are waiting already; try again later"
        )
        {
            RetryAfter = TimeSpan.FromSeconds(wait),
        };
    }

    /// <summary>Tells how long some requests took together, for the estimate of when there will be room.</summary>
    public void Observe(TimeSpan duration, int requests)
    {
        lock (_gate)
        {
            _meanSeconds = (0.8 * _meanSeconds) + (0.2 * duration.TotalSeconds / requests);
        }
    }

    /// <summary>A request's place; to be disposed when it is answered.</summary>
    public sealed class Ticket(Admission owner) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                Interlocked.Decrement(ref owner._inside);
            }
        }
    }
}
