using CxrOnnx.CommandLine;
using CxrOnnx.Workflows;
using Xunit;

namespace CxrOnnx.Runtime.Tests.CommandLine;

[Trait("Category", "quick")]
public sealed class CountWordsTests
{
    [Theory]
    [InlineData(10, 0.5, 20, 40, 0, "20 of 40 phrases, 2.0 a second, about 10 s left")]
    [InlineData(600, 0.25, 10, 40, 3, "10 of 40 phrases, 3 failed, 1.0 a minute, about 30 min left")]
    [InlineData(0, 0, 0, 40, 0, "0 of 40 phrases")]
    [InlineData(20, 1, 40, 40, 1, "40 of 40 phrases, 1 failed, 2.0 a second")]
    public void Of_Counts_SaysNumberFailuresRateAndRest(double elapsed, double share, int done, int total, int failed, string expected)
    {
        StandingClock clock = new();
        CountWords words = new("phrases", clock);
        clock.Now = elapsed;

        Assert.Equal(expected, words.Of(new WorkCount(share, done, total, failed)));
    }

    private sealed class StandingClock : TimeProvider
    {
        public double Now { get; set; }

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => (long)(Now * 1000);
    }
}
