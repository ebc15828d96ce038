using Microsoft.ML.OnnxRuntime;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>The memory of the CPU provider: the process's own.</summary>
internal sealed class HostMemory : SessionMemory
{
    /// <inheritdoc/>
    protected override OrtAllocator Allocator => OrtAllocator.DefaultInstance;

    /// <inheritdoc/>
    protected override void CopyUp(OrtValue target, ReadOnlySpan<byte> content) => content.CopyTo(target.GetTensorMutableRawData());

    /// <inheritdoc/>
    protected override void CopyDown(OrtValue source, Span<byte> content) => source.GetTensorMutableRawData().CopyTo(content);

    /// <inheritdoc/>
    public override void Dispose() { }
}
