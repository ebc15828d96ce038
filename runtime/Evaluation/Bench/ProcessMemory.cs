using System.Globalization;

namespace CxrOnnx.Evaluation.Bench;

/// <summary>Memory of this process. On Linux mapped files that are in use (the shared weights) count as resident.</summary>
/// <param name="ResidentBytes">Resident now.</param>
/// <param name="PeakBytes">Most that was ever resident.</param>
public sealed record ProcessMemory(long ResidentBytes, long PeakBytes)
{
    private const string Status = "/proc/self/status";

    /// <summary>Reads the state of now.</summary>
    public static ProcessMemory Now()
    {
        if (File.Exists(Status))
        {
            string[] lines = File.ReadAllLines(Status);
            return new ProcessMemory(Kibibytes(lines, "VmRSS:"), Kibibytes(lines, "VmHWM:"));
        }

        using System.Diagnostics.Process process = System.Diagnostics.Process.GetCurrentProcess();
        return new ProcessMemory(process.WorkingSet64, process.PeakWorkingSet64);
    }

    private static long Kibibytes(string[] lines, string key)
    {
        string line = lines.First(text => text.StartsWith(key, StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
