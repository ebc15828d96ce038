using System.Text.RegularExpressions;
using CxrOnnx.Core;

namespace CxrOnnx.Trainer.Native;

/// <summary>
/// A folder with libtorch's libraries that is not part of this program: one that was named, or that of an installed PyTorch
/// (docs/adr/0021-libtorch-at-run-time.md). Linux only; elsewhere none is ever found.
/// </summary>
/// <param name="Folder">Full path of the folder with <c>libtorch_cpu.so</c>.</param>
/// <param name="Version">Version as PyTorch writes it (<c>2.11.0+cu130</c>); null where the folder does not say.</param>
/// <param name="HasCuda">Whether <c>libtorch_cuda.so</c> is there.</param>
/// <param name="FoundBy">How it was found, for messages.</param>
public sealed partial record TorchInstallation(string Folder, string? Version, bool HasCuda, string FoundBy)
{
    /// <summary>Environment variable that names the folder.</summary>
    public const string Variable = "CXR_LIBTORCH";

    private const string CpuFile = "libtorch_cpu.so";

    // The library of TorchSharp 0.107 is made for libtorch 2.10 and was seen to compute right on 2.11; C++ promises nothing beyond.
    private static readonly string[] TriedVersions = ["2.10", "2.11"];

    /// <summary>Whether TorchSharp was tried with this version; null where the version is unknown.</summary>
    public bool? IsTried => Version is null ? null : TriedVersions.Any(tried => Version.StartsWith(tried + ".", StringComparison.Ordinal));

    /// <summary>One line for people.</summary>
    public override string ToString() =>
        $"{Folder} ({(Version is null ? "version unknown" : $"libtorch {Version}")}, {(HasCuda ? "with" : "without")} CUDA, {FoundBy})";

    /// <summary>The installation that was named.</summary>
    /// <param name="folder">
    /// The value of the setting <c>libtorch</c>, or null for that of <see cref="Variable"/>: the folder with the libraries, or one that has
    /// them in <c>lib</c> or <c>torch/lib</c>.
    /// </param>
    /// <returns>Null where neither names one.</returns>
    /// <exception cref="InputException">What was named holds no libtorch.</exception>
    public static TorchInstallation? Named(string? folder)
    {
        string? fromVariable = Environment.GetEnvironmentVariable(Variable);
        (string? path, string by) = folder is not null ? (folder, "`libtorch`") : (fromVariable, Variable);
        if (string.IsNullOrEmpty(path))
        {
            return null;
        }

        return At(path, $"named by {(folder is not null ? "the setting libtorch" : Variable)}")
            ?? throw new InputException(
                $"{by} {path}: no {CpuFile} in it, in its lib or in its torch/lib; name the lib folder of a PyTorch (its site-packages/"
                    + "torch/lib) or of libtorch"
            );
    }

    /// <summary>The installed PyTorch packages, in the order in which they would be taken.</summary>
    public static IReadOnlyList<TorchInstallation> Installed() =>
        OperatingSystem.IsLinux()
            ?
            [
                .. Prefixes()
                    .SelectMany(PackageFolders)
                    .Distinct()
                    .Select(packages => At(Path.Combine(packages, "torch"), "PyTorch of this machine"))
                    .OfType<TorchInstallation>()
                    .DistinctBy(installation => installation.Folder),
            ]
            : [];

    /// <summary>The libtorch in a folder, in its <c>lib</c> or in its <c>torch/lib</c>.</summary>
    /// <param name="folder">Any path.</param>
    /// <param name="foundBy">How it was found, for messages.</param>
    /// <returns>Null where there is none.</returns>
    public static TorchInstallation? At(string folder, string foundBy)
    {
        string[] places = [folder, Path.Combine(folder, "lib"), Path.Combine(folder, "torch", "lib")];
        if (places.FirstOrDefault(place => File.Exists(Path.Combine(place, CpuFile))) is not { } found)
        {
            return null;
        }

        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(found));
        return new TorchInstallation(full, VersionOf(full), File.Exists(Path.Combine(full, "libtorch_cuda.so")), foundBy);
    }

    /// <summary>A PyTorch wheel has version.py beside its lib folder; a libtorch archive has build-version there.</summary>
    private static string? VersionOf(string folder)
    {
        string above = Path.GetDirectoryName(folder) ?? folder;
        string python = Path.Combine(above, "version.py"),
            archive = Path.Combine(above, "build-version");
        if (File.Exists(python) && PythonVersion().Match(File.ReadAllText(python)) is { Success: true } match)
        {
            return match.Groups[1].Value;
        }

        return File.Exists(archive) ? File.ReadAllText(archive).Trim() : null;
    }

    /// <summary>Where Pythons live: the active environments, the one whose python3 is first in PATH, the user's and the system's.</summary>
    private static IEnumerable<string> Prefixes()
    {
        foreach (string variable in new[] { "VIRTUAL_ENV", "CONDA_PREFIX" })
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } prefix)
            {
                yield return prefix;
            }
        }

        string? python = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, "python3"))
            .FirstOrDefault(File.Exists);
        if (python is not null)
        {
            yield return Path.GetFullPath(Path.Combine(python, "..", ".."));
            if (File.ResolveLinkTarget(python, returnFinalTarget: true) is { } target)
            {
                yield return Path.GetFullPath(Path.Combine(target.FullName, "..", ".."));
            }
        }

        yield return Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify),
            ".local"
        );
        yield return "/usr/local";
        yield return "/usr";
    }

    private static IEnumerable<string> PackageFolders(string prefix)
    {
        string lib = Path.Combine(prefix, "lib");
        if (!Directory.Exists(lib))
        {
            yield break;
        }

        // Newest first, by number: python3.9 is older than python3.13.
        foreach (
            string python in Directory
                .EnumerateDirectories(lib, "python3*")
                .OrderByDescending(path => Path.GetFileName(path).Length)
                .ThenByDescending(path => path, StringComparer.Ordinal)
        )
        {
            yield return Path.Combine(python, "site-packages");
            yield return Path.Combine(python, "dist-packages");
        }
    }

    [GeneratedRegex("""__version__\s*=\s*['"]([^'"]+)['"]""")]
    private static partial Regex PythonVersion();
}
