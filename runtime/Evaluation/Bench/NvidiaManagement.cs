using System.Runtime.InteropServices;
using System.Text;

namespace CxrOnnx.Evaluation.Bench;

/// <summary>
/// What NVIDIA's management library, which comes with the driver, says about one GPU. Everything may be unknown: a container may hide
/// processes, and there may be no driver at all.
/// </summary>
internal sealed class NvidiaManagement
{
    private const int Success = 0;

    private readonly IntPtr _library;
    private readonly IntPtr _device;

    private NvidiaManagement(IntPtr library, IntPtr device) => (_library, _device) = (library, device);

    private delegate int Plain();

    private delegate int ByIndex(uint index, out IntPtr device);

    private delegate int Text(IntPtr device, byte[] text, uint length);

    private delegate int SystemText(byte[] text, uint length);

    private delegate int Memory(IntPtr device, out MemoryInfo memory);

    private delegate int Rates(IntPtr device, out Utilization rates);

    private delegate int Processes(IntPtr device, ref uint count, [Out] ProcessInfo[] processes);

    /// <summary>Opens the library.</summary>
    /// <param name="index">Number of the GPU, as NVML counts: by bus, whatever CUDA_VISIBLE_DEVICES says.</param>
    /// <param name="reason">Why there is nothing to ask; empty where there is.</param>
    /// <returns>Null where there is nothing to ask.</returns>
    public static NvidiaManagement? Open(int index, out string reason)
    {
        string file = OperatingSystem.IsWindows() ? "nvml.dll" : "libnvidia-ml.so.1";
        if (!NativeLibrary.TryLoad(file, out IntPtr library))
        {
            reason = $"{file} of the NVIDIA driver is not there";
            return null;
        }

        if (Function<Plain>(library, "nvmlInit_v2") is not { } start || start() is var code && code != Success)
        {
            reason = $"{file} does not start: no driver answers";
            return null;
        }

        if (
            Function<ByIndex>(library, "nvmlDeviceGetHandleByIndex_v2") is not { } find
            || find(checked((uint)index), out IntPtr device) != Success
        )
        {
            reason = FormattableString.Invariant($"{file} knows no GPU {index}");
            return null;
        }

        reason = string.Empty;
        return new NvidiaManagement(library, device);
    }

    /// <summary>Name of the GPU; null: unknown.</summary>
    public string? Name =>
        Function<Text>(_library, "nvmlDeviceGetName") is { } call ? Read((text, length) => call(_device, text, length)) : null;

    /// <summary>Version of the driver; null: unknown.</summary>
    public string? Driver =>
        Function<SystemText>(_library, "nvmlSystemGetDriverVersion") is { } call ? Read((text, length) => call(text, length)) : null;

    /// <summary>Memory of the GPU in use by everybody, in bytes; null: unknown.</summary>
    public long? UsedBytes =>
        Function<Memory>(_library, "nvmlDeviceGetMemoryInfo") is { } call && call(_device, out MemoryInfo memory) == Success
            ? (long)memory.Used
            : null;

    /// <summary>Memory of the GPU that this process holds, in bytes; null: unknown, as in most containers.</summary>
    public long? ProcessBytes
    {
        get
        {
            if (Function<Processes>(_library, "nvmlDeviceGetComputeRunningProcesses_v3") is not { } call)
            {
                return null;
            }

            ProcessInfo[] found = new ProcessInfo[256];
            uint count = (uint)found.Length;
            if (call(_device, ref count, found) != Success)
            {
                return null;
            }

            ProcessInfo own = found.Take((int)count).FirstOrDefault(process => process.Id == Environment.ProcessId);
            return own.Id == Environment.ProcessId && own.Bytes is > 0 and < ulong.MaxValue ? (long)own.Bytes : null;
        }
    }

    /// <summary>Share of the last sample period in which a kernel ran, 0 to 1; null: unknown.</summary>
    public double? Busy =>
        Function<Rates>(_library, "nvmlDeviceGetUtilizationRates") is { } call && call(_device, out Utilization rates) == Success
            ? rates.Gpu / 100.0
            : null;

    private static string? Read(Func<byte[], uint, int> call)
    {
        byte[] text = new byte[96];
        return call(text, (uint)text.Length) == Success ? Encoding.UTF8.GetString(text).TrimEnd('\0').Split('\0')[0] : null;
    }

    private static T? Function<T>(IntPtr library, string name)
        where T : Delegate =>
        NativeLibrary.TryGetExport(library, name, out IntPtr address) ? Marshal.GetDelegateForFunctionPointer<T>(address) : null;

    [StructLayout(LayoutKind.Sequential)]
    private struct MemoryInfo
    {
        public ulong Total;
        public ulong Free;
        public ulong Used;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Utilization
    {
        public uint Gpu;
        public uint Memory;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ProcessInfo
    {
        public uint Id;
        public ulong Bytes;
        public uint GpuInstance;
        public uint ComputeInstance;
    }
}
