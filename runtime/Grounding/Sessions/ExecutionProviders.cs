using System.Runtime.InteropServices;
using CxrOnnx.Core;
using Microsoft.ML.OnnxRuntime;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>
/// Chooses what the graphs run on. Asking for CUDA or TensorRT by name means just that: where it cannot be met, an error names what is
/// missing, and nothing runs on the CPU instead.
/// </summary>
public static class ExecutionProviders
{
    private const string CudaName = "CUDAExecutionProvider";
    private const string TensorRTName = "TensorrtExecutionProvider";

    private static readonly Lock RegistrationLock = new();
    private static readonly HashSet<string> Registered = [];

    /// <summary>Version of the native ONNX Runtime.</summary>
    public static string RuntimeVersion => OrtEnv.Instance().GetVersionString();

    /// <summary>The provider with a name as on the command line.</summary>
    /// <param name="name"><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>tensorrt</c>.</param>
    /// <exception cref="InputException">There is no such provider.</exception>
    public static ExecutionProvider Parse(string name) =>
        name switch
        {
            "auto" => ExecutionProvider.Auto,
            "cpu" => ExecutionProvider.Cpu,
            "cuda" => ExecutionProvider.Cuda,
            "tensorrt" => ExecutionProvider.TensorRT,
            _ => throw new InputException($"provider '{name}': known are auto, cpu, cuda and tensorrt"),
        };

    /// <summary>Chooses a provider.</summary>
    /// <param name="requested">
    /// What to use. <see cref="ExecutionProvider.Auto"/> takes CUDA where it can be used, else the CPU; TensorRT is never taken unasked,
    /// because it spends minutes building engines and rounds differently.
    /// </param>
    /// <param name="providerLibrary">
    /// Path of a CUDA plug-in provider library to register; null = the providers built into this ONNX Runtime.
    /// </param>
    /// <param name="deviceId">Number of the GPU.</param>
    /// <param name="math">How products are computed.</param>
    /// <exception cref="InputException">
    /// The provider asked for by name cannot be used here (the message names the missing library and the way out), the library does not
    /// exist, or a GPU other than the first was asked for and the CPU would be taken.
    /// </exception>
    public static ProviderChoice Choose(
        ExecutionProvider requested,
        string? providerLibrary = null,
        int deviceId = 0,
        MathPrecision math = MathPrecision.Fp32
    )
    {
        if (providerLibrary is not null && !File.Exists(providerLibrary))
        {
            throw new InputException($"provider library {providerLibrary}: no such file");
        }

        if (deviceId < 0)
        {
            throw new InputException($"`device-id` {Number(deviceId)}: GPUs are numbered from 0");
        }

        switch (requested)
        {
            case ExecutionProvider.Cpu:
                return Cpu(requested, "the CPU was asked for", deviceId);
            case ExecutionProvider.Cuda:
            case ExecutionProvider.TensorRT:
                ProviderStatus wanted = Examine(requested, providerLibrary, deviceId);
                if (wanted.Usable)
                {
                    return Accelerated(requested, requested, $"{Text(requested)} was asked for", providerLibrary, deviceId, math);
                }

                throw new InputException(
                    $"provider {Text(requested)} cannot be used: {wanted.Detail}; {wanted.Fix}; nothing was run on the CPU instead"
                );
            default:
                ProviderStatus cuda = Examine(ExecutionProvider.Cuda, providerLibrary, deviceId);
                return cuda.Usable
                    ? Accelerated(requested, ExecutionProvider.Cuda, cuda.Detail, providerLibrary, deviceId, math)
                    : Cpu(requested, $"no GPU provider: {cuda.Detail}", deviceId);
        }
    }

    /// <summary>The state of every provider on this machine, for diagnosis.</summary>
    /// <param name="providerLibrary">As for <see cref="Choose"/>.</param>
    /// <param name="deviceId">Number of the GPU.</param>
    public static IReadOnlyList<ProviderStatus> Examine(string? providerLibrary = null, int deviceId = 0) =>
        [
            new(ExecutionProvider.Cpu, true, $"ONNX Runtime {RuntimeVersion}", null),
            Examine(ExecutionProvider.Cuda, providerLibrary, deviceId),
            Examine(ExecutionProvider.TensorRT, null, deviceId),
        ];

    private static ProviderStatus Examine(ExecutionProvider provider, string? providerLibrary, int deviceId)
    {
        bool plugin = provider == ExecutionProvider.Cuda && providerLibrary is not null;
        string name = provider == ExecutionProvider.TensorRT ? TensorRTName : CudaName;
        if (!plugin && !OrtEnv.Instance().GetAvailableProviders().Contains(name))
        {
            string file = LibraryFile(provider);
            return new ProviderStatus(
                provider,
                false,
                $"this ONNX Runtime ({RuntimeVersion}) is built without it, {file} is not there",
                provider == ExecutionProvider.Cuda
                    ? "build with -p:Accelerator=cuda (package Microsoft.ML.OnnxRuntime.Gpu) or give a CUDA plug-in with "
                        + "`provider-library` PATH"
                    : "build with -p:Accelerator=cuda (package Microsoft.ML.OnnxRuntime.Gpu) and install TensorRT"
            );
        }

        string? library = plugin ? providerLibrary : FindLibrary(LibraryFile(provider));
        IReadOnlyList<string> missing = library is null ? [] : NativeDependencies.Missing(library);
        if (missing.Count > 0)
        {
            return new ProviderStatus(
                provider,
                false,
                $"{Path.GetFileName(library)} needs {string.Join(", ", missing)}, which the loader does not find",
                $"install {string.Join(", ", missing.Select(PackageOf).Distinct())} or add its folder to LD_LIBRARY_PATH"
            );
        }

        try
        {
            using SessionOptions probe = new();
            Append(probe, provider, providerLibrary, deviceId, tf32: false, recording: false);
            return new ProviderStatus(provider, true, $"ONNX Runtime {RuntimeVersion} with {name}", null);
        }
        catch (Exception error)
            when (error is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException or InputException)
        {
            // The CPU build has no entry point at all for some providers, hence the two kinds of exception.
            return new ProviderStatus(
                provider,
                false,
                FirstLine(error.Message),
                "run 'cxr doctor' and check the NVIDIA driver, CUDA and cuDNN"
            );
        }
    }

    private static void Append(
        SessionOptions options,
        ExecutionProvider provider,
        string? providerLibrary,
        int deviceId,
        bool tf32,
        bool recording
    )
    {
        if (provider == ExecutionProvider.TensorRT)
        {
            using OrtTensorRTProviderOptions tensorRT = new();
            tensorRT.UpdateOptions(new Dictionary<string, string> { ["device_id"] = Number(deviceId) });
            options.AppendExecutionProvider_Tensorrt(tensorRT);
        }

        // Single precision means single precision: TF32 keeps 11 bits of mantissa, and an inversion of 59 steps amplifies what is lost.
        // Whoever wants it says so.
        // HEURISTIC starts faster than EXHAUSTIVE and takes the same algorithm each time.
        Dictionary<string, string> settings = new()
        {
            ["use_tf32"] = tf32 ? "1" : "0",
            ["cudnn_conv_algo_search"] = "HEURISTIC",
            ["arena_extend_strategy"] = "kSameAsRequested",
        };
        if (recording)
        {
            settings["enable_cuda_graph"] = "1";
        }

        if (providerLibrary is null)
        {
            settings["device_id"] = Number(deviceId);
            using OrtCUDAProviderOptions cuda = new();
            cuda.UpdateOptions(settings);
            options.AppendExecutionProvider_CUDA(cuda);
        }
        else
        {
            options.AppendExecutionProvider(OrtEnv.Instance(), [PluginDevice(providerLibrary, deviceId)], settings);
        }
    }

    private static OrtEpDevice PluginDevice(string library, int deviceId)
    {
        string path = Path.GetFullPath(library);
        lock (RegistrationLock)
        {
            if (!Registered.Contains(path))
            {
                OrtEnv.Instance().RegisterExecutionProviderLibrary(CudaName, path);
                Registered.Add(path);
            }
        }

        // Early plug-ins called themselves CudaPluginExecutionProvider.
        OrtEpDevice[] devices =
        [
            .. OrtEnv.Instance().GetEpDevices().Where(device => device.EpName is CudaName or "CudaPluginExecutionProvider"),
        ];
        return deviceId < devices.Length
            ? devices[deviceId]
            : throw new InputException(
                $"{Path.GetFileName(library)} offers {devices.Length} CUDA devices, number {deviceId} was asked for"
            );
    }

    private static ProviderChoice Cpu(ExecutionProvider requested, string reason, int deviceId) =>
        deviceId == 0
            ? new(requested, ExecutionProvider.Cpu, reason, (_, _, _) => { })
            : throw new InputException(
                $"`device-id` {Number(deviceId)} is the number of a GPU, and this would run on the CPU ({reason}); leave it out or give "
                    + $"`provider` cuda"
            );

    private static ProviderChoice Accelerated(
        ExecutionProvider requested,
        ExecutionProvider taken,
        string reason,
        string? providerLibrary,
        int deviceId,
        MathPrecision math
    ) =>
        new(
            requested,
            taken,
            $"{reason}, device {Number(deviceId)}",
            // Without TF32, ONNX Runtime bars cuDNN from every plan on tensor cores, also in half precision (a twentieth of the speed on
            // an H200). The latents' update is therefore no product; the mean over a prompt's tokens is one, and is rounded.
            (options, half, recording) =>
                Append(
                    options,
                    taken,
                    providerLibrary,
                    deviceId,
                    math == MathPrecision.Tf32 || (math == MathPrecision.Fp16 && half),
                    recording
                )
        );

    private static string LibraryFile(ExecutionProvider provider)
    {
        string name = provider == ExecutionProvider.TensorRT ? "onnxruntime_providers_tensorrt" : "onnxruntime_providers_cuda";
        return OperatingSystem.IsWindows() ? name + ".dll" : $"lib{name}.so";
    }

    private static string? FindLibrary(string file)
    {
        string[] candidates =
        [
            Path.Combine(AppContext.BaseDirectory, file),
            Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native", file),
        ];
        return candidates.FirstOrDefault(File.Exists);
    }

    private static string PackageOf(string library) =>
        library switch
        {
            _ when library.StartsWith("libcudnn", StringComparison.Ordinal) => "cuDNN",
            _ when library.StartsWith("libnvinfer", StringComparison.Ordinal)
                    || library.StartsWith("libnvonnxparser", StringComparison.Ordinal) => "TensorRT",
            _ when library.StartsWith("libcuda.", StringComparison.Ordinal) => "the NVIDIA driver",
            _ when library.StartsWith("libcu", StringComparison.Ordinal)
                    || library.StartsWith("libnvrtc", StringComparison.Ordinal)
                    || library.StartsWith("libnvJitLink", StringComparison.Ordinal) =>
                $"the CUDA toolkit's runtime libraries (major version as in {library})",
            _ => $"the package with {library}",
        };

    private static string Text(ExecutionProvider provider) => provider == ExecutionProvider.TensorRT ? "tensorrt" : "cuda";

    private static string Number(int value) => FormattableString.Invariant($"{value}");

    private static string FirstLine(string message) => message.Split('\n', 2)[0].Trim();
}
