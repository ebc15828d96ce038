using System.Text;

namespace CxrOnnx.CommandLine;

/// <summary>
/// What <c>--quiet</c> leaves of stderr: whole lines that begin with <c>error:</c> or <c>warning:</c>. Progress and notes are dropped; a
/// warning is part of the answer and stays.
/// </summary>
/// <param name="inner">Gets what is left.</param>
public sealed class QuietErrors(TextWriter inner) : TextWriter
{
    private readonly Lock _gate = new();
    private readonly StringBuilder _line = new();

    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <summary>The stderr of a command line: filtered where it says <c>--quiet</c>.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="error">The whole stderr.</param>
    public static TextWriter Of(IReadOnlyList<string> arguments, TextWriter error) =>
        arguments.TakeWhile(word => word != "--").Contains(CommonOptions.Quiet.Name) && error is not QuietErrors
            ? new QuietErrors(error)
            : error;

    /// <inheritdoc/>
    public override void Write(char value)
    {
        lock (_gate)
        {
            if (value != '\n')
            {
                _line.Append(value);
                return;
            }

            string line = _line.ToString().TrimEnd('\r');
            _line.Clear();
            if (line.StartsWith("error:", StringComparison.Ordinal) || line.StartsWith("warning:", StringComparison.Ordinal))
            {
                inner.WriteLine(line);
            }
        }
    }

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();
}
