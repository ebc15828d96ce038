using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using CxrOnnx.Core;

namespace CxrOnnx.Trainer.Native;

/// <summary>
/// Loads the libraries of an installed libtorch by their paths, before TorchSharp's own library asks for them by name: the dynamic loader
/// then takes those that are already there.
/// </summary>
internal static partial class TorchPreload
{
    // The order matters: each needs the ones before it, and libtorch_cuda has to be there before libtorch first asks whether CUDA is.
    private static readonly string[] CpuFiles = ["libc10.so", "libtorch_cpu.so", "libtorch.so"];
    private static readonly string[] CudaFiles = ["libc10_cuda.so", "libtorch_cuda.so"];

    /// <summary>Loads them.</summary>
    /// <param name="installation">What to load.</param>
    /// <exception cref="InputException">A library cannot be loaded; the message names what is missing and its package.</exception>
    public static void Load(TorchInstallation installation)
    {
        IEnumerable<string> files = installation.HasCuda ? CpuFiles.Concat(CudaFiles) : CpuFiles;

        // Some builds have no libtorch.so of their own; what is needed is missed when the others are loaded.
        foreach (string path in files.Select(file => Path.Combine(installation.Folder, file)).Where(File.Exists))
        {
            LoadWithDependencies(path, installation);
        }
    }

    private static void LoadWithDependencies(string path, TorchInstallation installation)
    {
        HashSet<string> tried = [];
        while (!TryLoad(path, out string reason))
        {
            // The loader names one missing library at a time. Wheels of NVIDIA lie beside that of PyTorch.
            Match missing = MissingLibrary().Match(reason);
            string name = missing.Groups[1].Value;
            if (!missing.Success || !tried.Add(name))
            {
                throw new InputException(
                    $"{installation}: {Path.GetFileName(path)} cannot be loaded: {reason.ReplaceLineEndings(" ").Trim()}"
                        + Hint(installation)
                );
            }

            string? beside = Beside(installation.Folder, name);
            if (beside is null || !TryLoad(beside, out _))
            {
                throw new InputException(
                    $"{installation}: {Path.GetFileName(path)} needs {name}, which is not there; "
                        + Core.Machines.CudaLibraries.Advice([name])
                );
            }
        }
    }

    /// <summary>A file in the lib folders of NVIDIA's wheels: site-packages/nvidia/*/lib, where torch/lib is the given folder.</summary>
    private static string? Beside(string folder, string name)
    {
        string wheels = Path.GetFullPath(Path.Combine(folder, "..", "..", "nvidia"));
        return Directory.Exists(wheels)
            ? Directory.EnumerateFiles(wheels, name, SearchOption.AllDirectories).Order().FirstOrDefault()
            : null;
    }

    private static string Hint(TorchInstallation installation) =>
        installation.IsTried == false ? "; TorchSharp 0.107 wants libtorch 2.10 or 2.11" : string.Empty;

    private static bool TryLoad(string path, out string reason)
    {
        try
        {
            NativeLibrary.Load(path);
            reason = string.Empty;
            return true;
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            reason = exception.Message;
            return false;
        }
    }

    [GeneratedRegex(@"(?:^|\s)(lib[^\s:/]+\.so[^\s:/]*): cannot open shared object file")]
    private static partial Regex MissingLibrary();
}
