using System.Globalization;
using System.Runtime.InteropServices;
using CxrOnnx.Core.Artifacts;
using Microsoft.ML.OnnxRuntime;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>
/// The memory of one GPU. ONNX Runtime allocates; the copies are those of the CUDA runtime that its provider has loaded, because ONNX
/// Runtime's own need a data transfer that the built-in provider does not register.
/// </summary>
internal sealed unsafe class CudaMemory : SessionMemory
{
    // cudaMemcpyKind
    private const int HostToDevice = 1;
    private const int DeviceToHost = 2;

    private static readonly string[] Libraries = OperatingSystem.IsWindows()
        ? ["cudart64_13.dll", "cudart64_12.dll"]
        : ["libcudart.so.13", "libcudart.so.12"];

    private readonly OrtMemoryInfo _info;
    private readonly OrtAllocator _allocator;
    private readonly int _device;
    private readonly delegate* unmanaged<int, int> _setDevice;
    private readonly delegate* unmanaged<int> _synchronize;
    private readonly delegate* unmanaged<void*, void*, nuint, int, int> _copy;

    /// <summary>The memory of the GPU that a session runs on.</summary>
    /// <exception cref="ArtifactException">The CUDA runtime is not there.</exception>
    public CudaMemory(InferenceSession session, int device)
    {
        nint library = Library();
        _setDevice = (delegate* unmanaged<int, int>)NativeLibrary.GetExport(library, "cudaSetDevice");
        _synchronize = (delegate* unmanaged<int>)NativeLibrary.GetExport(library, "cudaDeviceSynchronize");
        _copy = (delegate* unmanaged<void*, void*, nuint, int, int>)NativeLibrary.GetExport(library, "cudaMemcpy");
        _device = device;
        _info = new OrtMemoryInfo(OrtMemoryInfo.allocatorCUDA, OrtAllocatorType.ArenaAllocator, device, OrtMemType.Default);
        _allocator = new OrtAllocator(session, _info);
    }

    /// <inheritdoc/>
    protected override OrtAllocator Allocator => _allocator;

    /// <inheritdoc/>
    protected override void CopyUp(OrtValue target, ReadOnlySpan<byte> content)
    {
        // The span's address is one of the GPU's; it is passed on, not looked at.
        fixed (byte* to = target.GetTensorMutableRawData())
        fixed (byte* from = content)
        {
            Copy(to, from, content.Length, HostToDevice);
        }
    }

    /// <inheritdoc/>
    protected override void CopyDown(OrtValue source, Span<byte> content)
    {
        fixed (byte* from = source.GetTensorMutableRawData())
        fixed (byte* to = content)
        {
            Copy(to, from, content.Length, DeviceToHost);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _allocator.Dispose();
        _info.Dispose();
    }

    /// <summary>ONNX Runtime's streams do not wait for CUDA's default stream, nor it for them: hence the wait on both sides.</summary>
    private void Copy(void* to, void* from, int bytes, int kind)
    {
        Check(_setDevice(_device), "choosing the GPU");
        Check(_synchronize(), "waiting for the GPU");
        Check(_copy(to, from, (nuint)bytes, kind), "copying");
        Check(_synchronize(), "waiting for the GPU");
    }

    private static void Check(int error, string what)
    {
        if (error != 0)
        {
            throw new ArtifactException(
                string.Create(CultureInfo.InvariantCulture, $"CUDA: {what} failed with error {error}; run 'cxr doctor'")
            );
        }
    }

    private static nint Library()
    {
        foreach (string name in Libraries)
        {
            if (NativeLibrary.TryLoad(name, out nint library))
            {
                return library;
            }
        }

        throw new ArtifactException($"CUDA: {string.Join(" or ", Libraries)} is not found; run 'cxr doctor'");
    }
}
