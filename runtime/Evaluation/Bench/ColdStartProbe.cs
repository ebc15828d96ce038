using System.Diagnostics;
using System.Runtime.InteropServices;
using CxrOnnx.Core;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Workflows.Results;

namespace CxrOnnx.Evaluation.Bench;

/// <summary>Starts <c>cxr ground</c> as a process of its own and takes the time to its end.</summary>
public static class ColdStartProbe
{
    private const string Program = "cxr";

    /// <summary>Grounds one phrase.</summary>
    /// <param name="bundle">Bundle folder or file.</param>
    /// <param name="image">Radiograph.</param>
    /// <param name="phrase">Phrase.</param>
    /// <param name="preset">Preset.</param>
    /// <param name="provider">What to run on.</param>
    /// <param name="deterministic">Whether with <c>--deterministic</c>.</param>
    /// <exception cref="InputException">The process cannot be started, or fails; its message is passed on.</exception>
    public static ColdStart Run(string bundle, string image, string phrase, string preset, ProviderChoice provider, bool deterministic)
    {
        string folder = Directory.CreateTempSubdirectory("cxr-bench-").FullName;
        try
        {
            string[] arguments =
            [
                "ground",
                image,
                phrase,
                "--bundle",
                bundle,
                "--preset",
                preset,
                "--provider",
                provider.Name,
                "--out",
                folder,
                .. deterministic ? ["--deterministic"] : Array.Empty<string>(),
            ];
            ProcessStartInfo start = Self(arguments);
            start.RedirectStandardOutput = true;
            start.RedirectStandardError = true;
            long begin = Stopwatch.GetTimestamp();
            using Process process = Process.Start(start) ?? throw new InputException($"{start.FileName}: cannot be started");
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
            _ = output.GetAwaiter().GetResult();
            if (process.ExitCode != 0)
            {
                throw new InputException(
                    $"the cold start of preset {preset} ended with exit code {process.ExitCode}: {error.Trim().Split('\n')[^1]}"
                );
            }

            TimingsResult times = GroundResultFile.Read(Path.Combine(folder, GroundResultFile.FileName)).Seconds;
            return new ColdStart(preset, seconds, times.EncodeImage + times.Inversion + times.Phrases, times.Load);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>
    /// The <c>cxr</c> beside this program: its own executable where it runs as such, else its assembly under the .NET host (tests,
    /// <c>dotnet cxr.dll</c>).
    /// </summary>
    private static ProcessStartInfo Self(string[] arguments)
    {
        string assembly = Path.Combine(AppContext.BaseDirectory, $"{Program}.dll");
        string? process = Environment.ProcessPath;
        if (process is not null && Path.GetFileNameWithoutExtension(process) == Program)
        {
            return new ProcessStartInfo(process, arguments);
        }

        if (!File.Exists(assembly))
        {
            throw new InputException(
                $"{assembly}: not there, and the cold start is that of {Program} as a process of its own; run 'cxr bench'"
            );
        }

        string host = Path.Combine(
            RuntimeEnvironment.GetRuntimeDirectory(),
            "..",
            "..",
            "..",
            OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"
        );
        return new ProcessStartInfo(Path.GetFullPath(host), [assembly, .. arguments]);
    }
}
