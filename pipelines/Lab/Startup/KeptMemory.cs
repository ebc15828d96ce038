using System.Runtime.InteropServices;
using CxrOnnx.Trainer.Native;

namespace CxrOnnx.Lab.Startup;

/// <summary>
/// Makes glibc keep the memory that libtorch gives back, so that each training step does not ask the system for the same pages again.
/// </summary>
/// <remarks>
/// libtorch takes its tensors for the CPU from <c>malloc</c>. As glibc does by default, a large block goes back to the system when it is
/// freed, and one step of the U-Net frees gigabytes: a sixth of the time went into page faults. Settings within the process do not
/// reach it: the thread that computes has an arena of its own, whose parts of 64 MB are returned whatever the settings say, and the number
/// of arenas is only obeyed from the start. So the program starts itself anew with the variables, in the same process. Measured:
/// docs/benchmarks/README.md.
/// </remarks>
internal static partial class KeptMemory
{
    private static readonly string[] Training = ["pretrain", "tune", "run"];

    private static readonly (string Name, string Value)[] Variables =
    [
        ("MALLOC_ARENA_MAX", "1"),
        ("MALLOC_MMAP_MAX_", "0"),
        ("MALLOC_TRIM_THRESHOLD_", "1099511627776"),
    ];

    /// <summary>Whoever sets one of these has chosen an allocator, or its ways, and is not overruled.</summary>
    private static readonly string[] Chosen = [.. Variables.Select(variable => variable.Name), "GLIBC_TUNABLES", "LD_PRELOAD"];

    /// <summary>
    /// Starts the program anew where that helps: a command that trains, with the libtorch for the CPU, on Linux. Does not return then, and
    /// returns where there is nothing to do or the system refuses. Must come before the program has any effect.
    /// </summary>
    /// <param name="words">The command line, without the program's name.</param>
    public static void RestartFor(IReadOnlyList<string> words)
    {
        string? command = words.FirstOrDefault(word => !word.StartsWith('-'));
        if (
            !OperatingSystem.IsLinux()
            || !Training.Contains(command)
            || Chosen.Any(name => Environment.GetEnvironmentVariable(name) is not null)
            || !TorchLibrary.HasOwnLibtorch
        )
        {
            return;
        }

        foreach ((string name, string value) in Variables)
        {
            _ = SetEnvironment(name, value, overwrite: 0);
        }

        // As the system has them: what is not UTF-8 stays as it is.
        byte[] line = File.ReadAllBytes("/proc/self/cmdline");
        GCHandle pinned = GCHandle.Alloc(line, GCHandleType.Pinned);
        List<nint> arguments = [];
        for (int at = 0; at < line.Length; at += 1 + line.AsSpan(at).IndexOf((byte)0))
        {
            arguments.Add(pinned.AddrOfPinnedObject() + at);
        }

        _ = Execute(Environment.ProcessPath ?? "/proc/self/exe", [.. arguments, nint.Zero]);
        pinned.Free();
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "execv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Execute(string path, nint[] arguments);
}
