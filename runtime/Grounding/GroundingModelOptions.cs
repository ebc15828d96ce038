namespace CxrOnnx.Grounding;

/// <summary>How a bundle is loaded.</summary>
public sealed record GroundingModelOptions
{
    /// <summary>What to run on.</summary>
    /// <value>Default: <see cref="ExecutionProvider.Auto"/>.</value>
    public ExecutionProvider Provider { get; init; } = ExecutionProvider.Auto;

    /// <summary>A CUDA plug-in provider library to register.</summary>
    /// <value>Default: none.</value>
    public string? ProviderLibrary { get; init; }

    /// <summary>Number of the GPU.</summary>
    /// <value>Default: 0.</value>
    public int DeviceId { get; init; }

    /// <summary>Threads that one operator may use.</summary>
    /// <value>Default: 0 = one per physical core.</value>
    public int Threads { get; init; }

    /// <summary>
    /// Whether ONNX Runtime may keep its own rearranged copies of the weights, which is faster and costs memory. Where false, the sessions compute on the
    /// mapped weight file itself and share it.
    /// </summary>
    /// <value>Default: true.</value>
    public bool RearrangeWeights { get; init; } = true;

    /// <summary>
    /// Whether the sessions are fixed to the image size of the bundle's configuration. Other sizes are then refused.
    /// </summary>
    /// <value>Default: false.</value>
    public bool FixImageSize { get; init; }
}
