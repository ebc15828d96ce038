using System.Diagnostics;
using CxrOnnx.Workflows;

namespace CxrOnnx.CommandLine;

/// <summary>Writes a plain line now and then, as a log wants it.</summary>
/// <param name="title">What is being done.</param>
/// <param name="words">Says how far it is.</param>
/// <param name="interval">Least time between two lines.</param>
/// <param name="writer">Where the lines go.</param>
internal sealed class CountLines(string title, CountWords words, TimeSpan interval, TextWriter writer) : IProgress<WorkCount>
{
    private readonly Stopwatch _sinceLine = Stopwatch.StartNew();

    /// <inheritdoc/>
    public void Report(WorkCount value)
    {
        lock (_sinceLine)
        {
            if (_sinceLine.Elapsed < interval)
            {
                return;
            }

            _sinceLine.Restart();
        }

        writer.WriteLine(FormattableString.Invariant($"{title}: {value.Share:0%}, {words.Of(value)}"));
    }
}
