using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using CxrOnnx.Trainer.Native;

namespace CxrOnnx.Lab.Startup;

/// <summary>
/// Makes glibc keep the memory that libtorch gives back, so that each training step does not ask the system for the same pages again.
/// </summary>
/// <remarks>
/// libtorch takes its tensors for the CPU from <c>malloc</c>. As glibc does by default, a large block goes back to the system when it is
/// freed, and one step of the U-Net frees gigabytes. Settings within the process do not reach it: the thread that computes has an arena of
/// its own, whose parts of 64 MB are returned whatever the settings say, and the number of arenas is only obeyed from the start. So the
/// program starts itself anew with the variables, in the same process (docs/adr/0026-memory-kept-between-steps.md).
/// </remarks>
internal static partial class KeptMemory
{
    /// <summary>Says that the restart is done. A name that glibc does not know, and so never removes: no second one can follow.</summary>
    private const string Done = "CXR_LAB_KEPT_MEMORY";

    private static readonly string[] Training = ["pretrain", "tune", "run"];

    private static readonly (string Name, string Value)[] Variables =
    [
        (Done, "1"),
        ("MALLOC_ARENA_MAX", "1"),
        ("MALLOC_MMAP_MAX_", "0"),
        ("MALLOC_TRIM_THRESHOLD_", "1099511627776"),
    ];

    /// <summary>
    /// Starts the program anew where that helps: a command that trains, with the libtorch for the CPU, on Linux. Does not return then, and
    /// returns where there is nothing to do or the system refuses. Must come before the program has any effect.
    /// </summary>
    /// <param name="words">The command line, without the program's name.</param>
    public static void RestartFor(IReadOnlyList<string> words)
    {
        if (Environment.GetEnvironmentVariable(Done) is not null)
        {
            // glibc has read them; what this program starts itself is no training.
            foreach ((string name, _) in Variables)
            {
                Environment.SetEnvironmentVariable(name, null);
            }

            return;
        }

        if (
            !OperatingSystem.IsLinux()
            || !Training.Contains(words.FirstOrDefault(word => !word.StartsWith('-')))
            || IsChosen()
            || IsWatched()
            || !TorchLibrary.HasOwnLibtorch
            || Environment.ProcessPath is not { } program
            || CommandLine(words) is not { } line
        )
        {
            return;
        }

        if (Variables.All(variable => SetEnvironment(variable.Name, variable.Value, overwrite: 1) == 0))
        {
            ForgetDiagnostics();
            GCHandle pinned = GCHandle.Alloc(line, GCHandleType.Pinned);
            List<nint> arguments = [];
            for (int at = 0; at < line.Length; at += 1 + line.AsSpan(at).IndexOf((byte)0))
            {
                arguments.Add(pinned.AddrOfPinnedObject() + at);
            }

            _ = Execute(program, [.. arguments, nint.Zero]);
            pinned.Free();
        }
    }

    /// <summary>Whoever has chosen an allocator, or its ways, is not overruled.</summary>
    private static bool IsChosen() =>
        Environment
            .GetEnvironmentVariables()
            .Keys.Cast<string>()
            .Any(name => name.StartsWith("MALLOC_", StringComparison.Ordinal) || name is "GLIBC_TUNABLES" or "LD_PRELOAD");

    /// <summary>A debugger, or a tool that waits at the diagnostics port, would lose the program.</summary>
    private static bool IsWatched() => Debugger.IsAttached || Environment.GetEnvironmentVariable("DOTNET_DiagnosticPorts") is not null;

    /// <summary>
    /// The whole command line as the system has it, every word with a zero behind it: what is not UTF-8 stays as it is. Null where it
    /// is not the one that the program was given, or cannot be read.
    /// </summary>
    private static byte[]? CommandLine(IReadOnlyList<string> words)
    {
        try
        {
            byte[] line = File.ReadAllBytes("/proc/self/cmdline");
            return
                line.Length > 0
                && line[^1] == 0
                && Encoding.UTF8.GetString(line)[..^1].Split('\0').TakeLast(words.Count).SequenceEqual(words)
                ? line
                : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>
    /// The port for diagnostics is a file that is named after the process and its start. Both stay, so the new program could not open
    /// its own.
    /// </summary>
    private static void ForgetDiagnostics()
    {
        try
        {
            foreach (string port in Directory.GetFiles(Path.GetTempPath(), $"dotnet-diagnostic-{Environment.ProcessId}-*-socket"))
            {
                File.Delete(port);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Then dotnet-trace and its like cannot attach to this training.
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "execv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Execute(string path, nint[] arguments);
}
