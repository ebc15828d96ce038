using System.Text;
using CxrOnnx.Core;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Workflows.Ground;

/// <summary>Reads the text file of a report.</summary>
public static class ReportFile
{
    private const long LargestReport = 1 << 20;
    private const int Windows1252 = 1252;

    /// <summary>Reads a report and what it says.</summary>
    /// <param name="path">
    /// The text file, UTF-8 (or UTF-16 with its mark). Anything else is read as Windows-1252, which is right for English, and remarked.
    /// </param>
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
            (string text, bool isUtf8) = Text(File.ReadAllBytes(path));
            ReportReading reading = ReportParser.Read(text);
            return isUtf8
                ? reading
                : reading with
                {
                    Remarks =
                    [
                        .. reading.Remarks,
                        new ReportRemark("the file is not UTF-8; it was read as Windows-1252, so letters with accents may be wrong"),
                    ],
                };
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

    private static (string Text, bool IsUtf8) Text(byte[] bytes)
    {
        try
        {
            using StreamReader reader = new(new MemoryStream(bytes), new UTF8Encoding(false, throwOnInvalidBytes: true));
            return (reader.ReadToEnd(), true);
        }
        catch (DecoderFallbackException)
        {
            return (CodePagesEncodingProvider.Instance.GetEncoding(Windows1252)!.GetString(bytes), false);
        }
    }
}
