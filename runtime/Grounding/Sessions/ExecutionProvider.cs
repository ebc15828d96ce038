namespace CxrOnnx.Grounding.Sessions;

/// <summary>What the graphs run on.</summary>
public enum ExecutionProvider
{
    /// <summary>CUDA where it is there, else the CPU; the choice and its reason are reported.</summary>
    Auto,

    /// <summary>The CPU.</summary>
    Cpu,

    /// <summary>NVIDIA GPUs through CUDA and cuDNN.</summary>
    Cuda,

    /// <summary>NVIDIA GPUs through TensorRT. Builds its engines on first use, which takes minutes.</summary>
    TensorRT,
}
