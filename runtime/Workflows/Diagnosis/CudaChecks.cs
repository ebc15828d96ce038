using System.Runtime.InteropServices;
using CxrOnnx.Core.Machines;
using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Workflows.Diagnosis;

/// <summary>
/// Why a GPU provider of the build for CUDA cannot be used: every missing library by name, once, with the package that brings it.
/// </summary>
internal static class CudaChecks
{
    /// <summary>
    /// The finding about a provider in words of this program; what the native side says of missing libraries is about the first one only,
    /// or about none.
    /// </summary>
    /// <param name="status">What was found.</param>
    /// <returns>Null where there is nothing to add: the provider works, or is not part of this build.</returns>
    public static (string Detail, string Fix)? Explain(ProviderStatus status)
    {
        if (status.Usable || !OperatingSystem.IsLinux() || !IsBuiltIn(status.Provider))
        {
            return null;
        }

        IReadOnlyList<string> needed =
            status.Provider == ExecutionProvider.TensorRT ? CudaLibraries.NeededForTensorRT : CudaLibraries.NeededForCuda;
        string[] missing = [.. needed.Where(library => !NativeLibrary.TryLoad(library, out _))];
        if (missing.Length > 0)
        {
            string names = string.Join(", ", missing.Select(library => $"{library} ({Package(library)})"));
            return ($"not there: {names}", CudaLibraries.Advice(missing));
        }

        return status.Provider == ExecutionProvider.TensorRT
            ? ("its own libraries are there; it also needs what provider cuda needs", "mend provider cuda first")
            : (
                "its libraries are there, but no GPU answers: the driver is too old for CUDA 13, or CUDA_VISIBLE_DEVICES hides the GPU",
                "look at nvidia-smi; CUDA 13 wants driver 580 or newer"
            );
    }

    private static string Package(string library) =>
        CudaLibraries.WheelOf(library) ?? (library == CudaLibraries.Driver ? "the NVIDIA driver" : "no known package");

    private static bool IsBuiltIn(ExecutionProvider provider)
    {
        string file = provider == ExecutionProvider.TensorRT ? "libonnxruntime_providers_tensorrt.so" : "libonnxruntime_providers_cuda.so";
        return new[] { "", Path.Combine("runtimes", "linux-x64", "native") }.Any(folder =>
            File.Exists(Path.Combine(AppContext.BaseDirectory, folder, file))
        );
    }
}
