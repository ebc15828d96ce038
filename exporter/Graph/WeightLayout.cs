namespace CxrOnnx.Exporter.Graph;

/// <summary>How a state-dict tensor is laid out in <c>weights.safetensors</c>, so that no graph has to rearrange it at run time.</summary>
internal enum WeightLayout
{
    /// <summary>As in the state dict.</summary>
    AsIs,

    /// <summary>
    /// A linear layer's [out, in] matrix stored as [in, out], which MatMul and Gemm take directly; also that of a 1x1 convolution, [out,
    /// in, 1, 1]. The stored name ends in <c>.T</c>.
    /// </summary>
    Transposed,

    /// <summary>A convolution's [out, in, kH, kW] stored as [out, kH, kW, in]. The stored name ends in <c>.nhwc</c>.</summary>
    ChannelsLast,

    /// <summary>A [C] vector stored as [C, 1, 1], so that it broadcasts over the channels of [B, C, H, W]. Same bytes.</summary>
    PerChannel,
}
