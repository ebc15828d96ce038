using CxrOnnx.Core;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Workflows.Ground;

/// <summary>Reads the text file of a report.</summary>
public static class ReportFile
{
    private const long LargestReport = 1 << 20;

    /// <summary>Reads a report and what it says.</summary>
    /// <param name="path">The text file, UTF-8.</param>
    /// <exception cref="InputException">There is none, it is too large, or it is not in English.</exception>
    public static ReportReading Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new InputException($"{path}: no such file; `report` wants the text of a report");
        }

        if (new FileInfo(path).Length is var length and > LargestReport)
        {
            throw new InputException($"{path}: {length:N0} bytes, the limit is {LargestReport:N0}; give the text of one report");
        }

        try
        {
            return ReportParser.Read(File.ReadAllText(path));
        }
        catch (InputException refusal)
        {
            throw new InputException($"{path}: {refusal.Message}", refusal);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read ({exception.Message.TrimEnd('.')})", exception);
        }
    }
}
