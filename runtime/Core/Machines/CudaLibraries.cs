namespace CxrOnnx.Core.Machines;

/// <summary>
/// Which package brings a library of NVIDIA's that the dynamic loader does not find. Names are those of NVIDIA's wheels on PyPI and of its
/// repositories for apt, for CUDA 13, which ONNX Runtime's CUDA build wants.
/// </summary>
public static class CudaLibraries
{
    // Beginning of the file's name, wheel, package of NVIDIA's apt repository. The first that fits counts.
    private static readonly (string Prefix, string Wheel, string Apt)[] Packages =
    [
        ("libcublas", "nvidia-cublas", "libcublas-13-0"),
        ("libcudart", "nvidia-cuda-runtime", "cuda-cudart-13-0"),
        ("libcurand", "nvidia-curand", "libcurand-13-0"),
        ("libnvrtc", "nvidia-cuda-nvrtc", "cuda-nvrtc-13-0"),
        ("libcudnn", "nvidia-cudnn-cu13", "libcudnn9-cuda-13"),
        ("libcufft", "nvidia-cufft", "libcufft-13-0"),
        ("libcusolver", "nvidia-cusolver", "libcusolver-13-0"),
        ("libcusparseLt", "nvidia-cusparselt-cu13", "libcusparselt0-cuda-13"),
        ("libcusparse", "nvidia-cusparse", "libcusparse-13-0"),
        ("libcufile", "nvidia-cufile", "libcufile-13-0"),
        ("libcupti", "nvidia-cuda-cupti", "cuda-cupti-13-0"),
        ("libnvJitLink", "nvidia-nvjitlink", "libnvjitlink-13-0"),
        ("libnvToolsExt", "nvidia-nvtx", "cuda-nvtx-13-0"),
        ("libnccl", "nvidia-nccl-cu13", "libnccl2"),
        ("libnvshmem", "nvidia-nvshmem-cu13", "libnvshmem3-cuda-13"),
        ("libnvinfer", "tensorrt-cu13-libs==10.*", "libnvinfer10"),
        ("libnvonnxparser", "tensorrt-cu13-libs==10.*", "libnvonnxparsers10"),
    ];

    /// <summary>The library of the NVIDIA driver; it comes with the driver only, never from a CUDA package.</summary>
    public const string Driver = "libcuda.so.1";

    /// <summary>
    /// What ONNX Runtime 1.31's CUDA provider needs: what it is linked with, then what it and cuDNN open by name while they compute.
    /// </summary>
    public static IReadOnlyList<string> NeededForCuda { get; } =
    [Driver, "libcudart.so.13", "libcublas.so.13", "libcublasLt.so.13", "libcurand.so.10", "libcudnn.so.9", "libnvrtc.so.13"];

    /// <summary>What its TensorRT provider needs beside that.</summary>
    public static IReadOnlyList<string> NeededForTensorRT { get; } = ["libnvinfer.so.10", "libnvonnxparser.so.10"];

    /// <summary>The wheel that holds a library, for <c>pip install</c>.</summary>
    /// <param name="library">File name, for example <c>libcublasLt.so.13</c>.</param>
    /// <returns>Null for the driver and for libraries that are not NVIDIA's.</returns>
    public static string? WheelOf(string library) =>
        Packages.FirstOrDefault(entry => library.StartsWith(entry.Prefix, StringComparison.Ordinal)).Wheel;

    /// <summary>The package of NVIDIA's apt repository that holds a library.</summary>
    /// <param name="library">File name.</param>
    /// <returns>Null for the driver and for libraries that are not NVIDIA's.</returns>
    public static string? AptPackageOf(string library) =>
        Packages.FirstOrDefault(entry => library.StartsWith(entry.Prefix, StringComparison.Ordinal)).Apt;

    /// <summary>What to do about libraries that are missing: one sentence that names every package once.</summary>
    /// <param name="libraries">File names, as the loader wants them.</param>
    public static string Advice(IReadOnlyList<string> libraries)
    {
        string[] wheels = [.. libraries.Select(WheelOf).OfType<string>().Distinct()];
        string[] packages = [.. libraries.Select(AptPackageOf).OfType<string>().Distinct()];
        string[] others = [.. libraries.Where(library => WheelOf(library) is null && !IsDriver(library)).Distinct()];
        List<string> steps = [];
        if (libraries.Any(IsDriver))
        {
            steps.Add("install the NVIDIA driver (a container needs the NVIDIA container toolkit and --gpus)");
        }

        if (wheels.Length > 0)
        {
            steps.Add(
                $"pip install {string.Join(' ', wheels)} and put their lib folders into LD_LIBRARY_PATH, or from NVIDIA's apt repository: "
                    + $"apt-get install {string.Join(' ', packages)}"
            );
        }

        if (others.Length > 0)
        {
            steps.Add($"install what holds {string.Join(", ", others)} or put its folder into LD_LIBRARY_PATH");
        }

        return string.Join("; ", steps);
    }

    private static bool IsDriver(string library) => library.StartsWith("libcuda.so", StringComparison.Ordinal);
}
