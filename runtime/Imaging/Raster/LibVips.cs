using System.Runtime.CompilerServices;
using CxrOnnx.Core;
using NetVips;

namespace CxrOnnx.Imaging.Raster;

/// <summary>
/// Process-wide settings of libvips. Its operation cache is off (every radiograph is read once, and cached pixels of patients are not
/// wanted), its warnings are kept off the terminal, and it uses few threads because the inference beside it wants the cores.
/// </summary>
public static class LibVips
{
    private static readonly Lazy<string?> Failure = new(Start);

    /// <summary>Version of the native library, for example <c>8.18.7</c>.</summary>
    /// <exception cref="InputException">The native library cannot be loaded.</exception>
    public static string Version
    {
        get
        {
            EnsureLoaded();
            return $"{NetVips.NetVips.Version(0)}.{NetVips.NetVips.Version(1)}.{NetVips.NetVips.Version(2)}";
        }
    }

    /// <summary>Loads the library once.</summary>
    /// <exception cref="InputException">The native library cannot be loaded.</exception>
    internal static void EnsureLoaded()
    {
        if (Failure.Value is { } reason)
        {
            throw new InputException(
                $"libvips cannot be loaded on this machine ({reason}); the package NetVips.Native carries it for Linux, macOS and "
                    + $"Windows on x64 and arm64"
            );
        }
    }

    /// <summary>libvips reports in several lines; a message of ours is one.</summary>
    internal static string OneLine(Exception exception)
    {
        string[] lines = exception.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Length > 1 && lines[0].StartsWith("unable to", StringComparison.Ordinal)
            ? lines[1]
            : lines.FirstOrDefault() ?? "no reason given";
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string? Start()
    {
        try
        {
            if (!ModuleInitializer.VipsInitialized)
            {
                return ModuleInitializer.Exception is { } exception ? OneLine(exception) : "it was not initialised";
            }

            Cache.Max = 0;
            NetVips.NetVips.Concurrency = Math.Min(2, Environment.ProcessorCount);
            Log.SetLogHandler("VIPS", Enums.LogLevelFlags.Warning | Enums.LogLevelFlags.Info | Enums.LogLevelFlags.Debug, (_, _, _) => { });
            return null;
        }
        catch (Exception exception) when (exception is DllNotFoundException or TypeInitializationException or BadImageFormatException)
        {
            return OneLine(exception.InnerException ?? exception);
        }
    }
}
