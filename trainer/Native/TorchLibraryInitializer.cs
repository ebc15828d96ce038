using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace CxrOnnx.Trainer.Native;

/// <summary>
/// Runs <see cref="TorchLibrary.Register"/> when an assembly is first used. This file is compiled into the trainer and, by
/// <c>TorchSharp.Native.props</c>, into every executable with libtorch: such a program may touch TorchSharp before it touches the trainer.
/// </summary>
internal static class TorchLibraryInitializer
{
    [ModuleInitializer]
    [SuppressMessage(
        "Usage",
        "CA2255",
        Justification = "TorchSharp's static constructor loads its library; nothing else runs before every use."
    )]
    internal static void Initialize() => TorchLibrary.Register();
}
