using CxrOnnx.CommandLine;
using Xunit;

namespace CxrOnnx.Runtime.Tests.CommandLine;

[Trait("Category", "quick")]
public sealed class RemainingTimeTests
{
    [Theory]
    [InlineData(10, 0.5, ", about 10 s left")]
    [InlineData(1, 0.99, ", about 1 s left")]
    [InlineData(600, 0.5, ", about 10 min left")]
    [InlineData(7200, 0.25, ", about 6.0 h left")]
    [InlineData(10, 0.001, "")]
    [InlineData(10, 1, "")]
    [InlineData(10, double.NaN, "")]
    public void After_Share_SaysWhatIsLeftAtTheSameSpeed(double elapsed, double share, string expected)
    {
        StandingClock clock = new();
        RemainingTime remaining = new(clock);
        clock.Now = elapsed;
        Assert.Equal(expected, remaining.After(share));
    }

    private sealed class StandingClock : TimeProvider
    {
        public double Now { get; set; }

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => (long)(Now * 1000);
    }
}
