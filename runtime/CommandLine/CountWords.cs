using System.Globalization;
using CxrOnnx.Workflows;

namespace CxrOnnx.CommandLine;

/// <summary>Says how far many like things are: <c>740 of 2000 phrases, 3 failed, 12.3 a second, about 2 min left</c>.</summary>
/// <param name="things">What is counted, in the plural.</param>
/// <param name="clock">The clock; it starts with the work.</param>
public sealed class CountWords(string things, TimeProvider clock)
{
    private readonly long _start = clock.GetTimestamp();
    private readonly RemainingTime _remaining = new(clock);

    /// <summary>The words.</summary>
    /// <param name="count">The counts of this run; what an earlier one did is no part of them, so that the rate is that of now.</param>
    public string Of(WorkCount count)
    {
        double seconds = clock.GetElapsedTime(_start).TotalSeconds;
        string failed = count.Failed > 0 ? string.Create(CultureInfo.InvariantCulture, $", {count.Failed} failed") : "";
        string rate = count.Done > 0 && seconds > 0 ? $", {Rate(count.Done / seconds)}" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{count.Done} of {count.Total} {things}{failed}{rate}{_remaining.After(count.Share)}"
        );
    }

    private static string Rate(double perSecond) =>
        perSecond >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{perSecond:0.0} a second")
            : string.Create(CultureInfo.InvariantCulture, $"{perSecond * 60:0.0} a minute");
}
