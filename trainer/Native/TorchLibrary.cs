using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using CxrOnnx.Core.Artifacts;
using TorchSharp;

namespace CxrOnnx.Trainer.Native;

/// <summary>
/// Makes TorchSharp's native library load on systems whose libstdc++ is older than the one it was linked with (Debian 12, Ubuntu 22.04).
/// </summary>
/// <remarks>
/// <c>libLibTorchSharp.so</c> 0.107.0 asks for symbol version GLIBCXX_3.4.32, behind which there is one symbol that it never refers to.
/// Where the loader refuses the library for that reason, a copy whose requirement is marked weak is written beside it and loaded in its
/// place (see <see cref="TorchLibraryPatch"/>). Nothing happens where the library loads as it is, and the package cache is never written
/// to. Thread-safe.
/// </remarks>
public static partial class TorchLibrary
{
    private const string LibraryName = "LibTorchSharp";
    private const string FileName = "libLibTorchSharp.so";

    private static readonly Lock Gate = new();
    private static bool _registered;
    private static nint _handle;
    private static ArtifactException? _failure;
    private static TorchInstallation? _installation;

    /// <summary>The libtorch that was loaded from outside the program; null where the program's own is used, or none yet.</summary>
    public static TorchInstallation? Installation
    {
        get
        {
            lock (Gate)
            {
                return _installation;
            }
        }
    }

    /// <summary>Whether libtorch stands beside the program, as it does in the CPU build.</summary>
    public static bool HasOwnLibtorch =>
        !OperatingSystem.IsLinux() || SearchFolders().Any(folder => File.Exists(Path.Combine(folder, "libtorch_cpu.so")));

    /// <summary>
    /// Loads libtorch from an installation; TorchSharp then computes with it. Must come before the first use of TorchSharp. A process keeps
    /// the libtorch that it loaded first.
    /// </summary>
    /// <param name="installation">What to load.</param>
    /// <exception cref="CxrOnnx.Core.InputException">
    /// It cannot be loaded, or another libtorch is loaded already; the message names what is missing.
    /// </exception>
    public static void Use(TorchInstallation installation)
    {
        lock (Gate)
        {
            if (_installation?.Folder == installation.Folder)
            {
                return;
            }

            // The program's own would be loaded beside it, because it is found by its path: two libtorch in one process.
            if (HasOwnLibtorch)
            {
                throw new CxrOnnx.Core.InputException(
                    $"{installation}: this build brings a libtorch of its own, for the CPU; another one needs the build for CUDA "
                        + "(-p:Accelerator=cuda)"
                );
            }

            if (LoadedFrom() is { } other && Path.GetDirectoryName(other) != installation.Folder)
            {
                throw new CxrOnnx.Core.InputException(
                    $"{installation}: this process already computes with {other}; name the libtorch before anything is computed"
                );
            }

            TorchPreload.Load(installation);
            _installation = installation;
        }

        Register();
    }

    /// <summary>Path of the loaded <c>libtorch_cpu.so</c>; null where none is loaded yet, or the system does not say.</summary>
    public static string? LoadedFrom()
    {
        const string Map = "/proc/self/maps";
        return OperatingSystem.IsLinux() && File.Exists(Map)
            ? File.ReadLines(Map)
                .Where(line => line.EndsWith("/libtorch_cpu.so", StringComparison.Ordinal))
                .Select(line => line[line.IndexOf('/', StringComparison.Ordinal)..])
                .FirstOrDefault()
            : null;
    }

    /// <summary>The patched copy that this process loaded; null where the library loaded as it is, or was not needed yet.</summary>
    public static string? PatchedCopy { get; private set; }

    /// <summary>
    /// Registers the fix with the runtime's library resolution. Costs nothing: the work is done if and when the ordinary search for
    /// TorchSharp's library fails. Called by a module initializer; calling it again has no effect.
    /// </summary>
    public static void Register()
    {
        lock (Gate)
        {
            if (_registered || !OperatingSystem.IsLinux())
            {
                return;
            }

            AssemblyLoadContext.Default.ResolvingUnmanagedDll += (assembly, name) =>
                name == LibraryName && assembly.GetName().Name == "TorchSharp" ? Resolve() : nint.Zero;
            _registered = true;
        }
    }

    /// <summary>Loads libtorch now instead of at its first use.</summary>
    /// <exception cref="ArtifactException">It cannot be loaded; the message gives the loader's reason.</exception>
    public static void EnsureLoaded()
    {
        Register();
        lock (Gate)
        {
            if (!HasOwnLibtorch && _installation is null)
            {
                UseInstalled("TorchSharp");
            }
        }

        try
        {
            torch.InitializeDeviceType(DeviceType.CPU);
        }
        catch (Exception exception) when (exception is TypeInitializationException or NotSupportedException or DllNotFoundException)
        {
            // TorchSharp wraps the reason in pages of what it tried.
            string reason = _failure?.Message ?? exception.GetBaseException().Message.ReplaceLineEndings(" ");
            throw new ArtifactException($"libtorch cannot be loaded: {reason}", exception);
        }
    }

    private static nint Resolve()
    {
        lock (Gate)
        {
            try
            {
                return _handle != nint.Zero ? _handle : _handle = Load(SearchFolders());
            }
            catch (ArtifactException exception)
            {
                _failure = exception;
                throw;
            }
        }
    }

    /// <summary>Loads the first <c>libLibTorchSharp.so</c> in <paramref name="folders"/>, patched where the loader wants that.</summary>
    private static nint Load(IReadOnlyList<string> folders)
    {
        string? original =
            folders.Select(folder => Path.Combine(folder, FileName)).FirstOrDefault(File.Exists)
            ?? throw new ArtifactException(
                $"{FileName} not found in {string.Join(", ", folders)}; build or publish the program with the TorchSharp-cpu (or "
                    + $"-cuda-linux) package"
            );
        if (!HasOwnLibtorch && _installation is null)
        {
            UseInstalled(original);
        }

        if (TryLoad(original, out nint library, out string reason))
        {
            return library;
        }

        byte[] image = File.ReadAllBytes(original);
        byte[] patched = image;

        // The loader names one missing version at a time.
        for (Match missing = MissingVersion().Match(reason); missing.Success; missing = MissingVersion().Match(reason))
        {
            byte[] next = TorchLibraryPatch.WeakenVersion(patched, missing.Groups[1].Value, original);
            if (next.AsSpan().SequenceEqual(patched))
            {
                break;
            }

            patched = next;
            string copy = WriteCopy(original, patched);
            if (TryLoad(copy, out library, out reason))
            {
                PatchedCopy = copy;
                return library;
            }
        }

        throw new ArtifactException(
            $"{original} cannot be loaded: {reason.ReplaceLineEndings(" ").Trim()}; libtorch must stand in the same folder, for this "
                + $"machine's architecture"
        );
    }

    /// <summary>A program without a libtorch of its own (the CUDA build) takes the one that was named, else that of a PyTorch.</summary>
    private static void UseInstalled(string original)
    {
        IReadOnlyList<TorchInstallation> installed = TorchInstallation.Installed();
        TorchInstallation? chosen = TorchInstallation.Named(null) ?? installed.FirstOrDefault(candidate => candidate.IsTried != false);
        if (chosen is null)
        {
            string refused = string.Concat(installed.Select(candidate => $"; {candidate} is of another version"));
            throw new ArtifactException(
                $"{original} needs libtorch, and this build for CUDA brings none: install PyTorch 2.10 or 2.11 (pip install torch), or "
                    + $"name the folder of its libraries with `libtorch` or {TorchInstallation.Variable}{refused}"
            );
        }

        try
        {
            TorchPreload.Load(chosen);
            _installation = chosen;
        }
        catch (CxrOnnx.Core.InputException exception)
        {
            throw new ArtifactException(exception.Message, exception);
        }
    }

    private static bool TryLoad(string path, out nint library, out string reason)
    {
        try
        {
            library = NativeLibrary.Load(path);
            reason = string.Empty;
            return true;
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            library = nint.Zero;
            reason = exception.Message;
            return false;
        }
    }

    /// <summary>
    /// Writes the copy beside the original, or, where that folder is read-only or a package cache, into the user's own cache.
    /// </summary>
    private static string WriteCopy(string original, byte[] image)
    {
        string folder = Path.GetDirectoryName(original)!;
        if (!TorchLibraryCopy.IsPackageCache(folder))
        {
            string beside = Path.Combine(folder, "libLibTorchSharp.weak.so");
            try
            {
                TorchLibraryCopy.WriteIfDifferent(beside, image);
                return beside;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Fall through to the user's cache.
            }
        }

        string cache = Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData,
            Environment.SpecialFolderOption.DoNotVerify
        );
        if (cache.Length == 0)
        {
            throw new ArtifactException(
                $"{original} needs a patched copy for this machine's libstdc++, but its folder is not writable and there is no home "
                    + $"folder; set HOME"
            );
        }

        string elsewhere = Path.Combine(cache, "cxronnx", "native", TorchLibraryCopy.ContentName(image), FileName);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(elsewhere)!);
            TorchLibraryCopy.WriteIfDifferent(elsewhere, image);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ArtifactException(
                $"{original} needs a patched copy for this machine's libstdc++, but neither {folder} nor {elsewhere} can be written: "
                    + $"{exception.Message}",
                exception
            );
        }

        // The copy no longer stands beside libtorch, so $ORIGIN does not lead there: load what it needs first, from the original's folder.
        foreach (string dependency in TorchLibraryPatch.NeededLibraries(image, original))
        {
            string path = Path.Combine(folder, dependency);
            if (File.Exists(path) && !TryLoad(path, out _, out string reason))
            {
                throw new ArtifactException($"{path} cannot be loaded: {reason.ReplaceLineEndings(" ").Trim()}");
            }
        }

        return elsewhere;
    }

    /// <summary>
    /// Where the runtime looks for native libraries, plus the places of ordinary build and publish outputs. Without repetitions.
    /// </summary>
    private static List<string> SearchFolders()
    {
        IEnumerable<string> folders = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? string.Empty).Split(
            Path.PathSeparator,
            StringSplitOptions.RemoveEmptyEntries
        );
        string rid = $"linux-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        folders = folders.Append(AppContext.BaseDirectory).Append(Path.Combine(AppContext.BaseDirectory, "runtimes", rid, "native"));
        return [.. folders.Select(folder => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))).Distinct()];
    }

    [GeneratedRegex("version [`'\"]([A-Za-z0-9_.]+)' not found")]
    private static partial Regex MissingVersion();
}
