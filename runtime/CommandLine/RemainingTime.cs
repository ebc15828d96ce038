using System.Globalization;

namespace CxrOnnx.CommandLine;

/// <summary>How long work will still take, when it goes on as fast as until now.</summary>
/// <param name="clock">The clock; it starts with the work.</param>
public sealed class RemainingTime(TimeProvider clock)
{
    /// <summary>Below this share the guess would be worth nothing.</summary>
    private const double LeastShare = 0.01;

    private readonly long _start = clock.GetTimestamp();

    /// <summary>The words behind a share, such as <c>, about 2 min left</c>; empty where nothing can be said yet, or no more.</summary>
    /// <param name="share">The finished share, 0 to 1.</param>
    public string After(double share)
    {
        if (share is < LeastShare or >= 1 or double.NaN)
        {
            return "";
        }

        TimeSpan left = clock.GetElapsedTime(_start) * ((1 - share) / share);
        return $", about {Words(left)} left";
    }

    private static string Words(TimeSpan time) =>
        time.TotalSeconds < 90 ? string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, Math.Round(time.TotalSeconds)):0} s")
        : time.TotalMinutes < 90 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} min")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.0} h");
}
