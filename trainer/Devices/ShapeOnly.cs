using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Devices;

/// <summary>
/// The operations for which libtorch has no kernel on its device "meta" (PyTorch's are written in Python): there they give a result of the
/// right shape and type that depends on every operand, and refuse operands of different devices as a GPU would; everywhere else they are
/// libtorch's own. With them a whole training step runs without values, which is how tensors on a wrong device are found without a GPU.
/// </summary>
internal static class ShapeOnly
{
    /// <summary>index_select: the entries of one dimension, [.., n, ..] -> [.., index, ..].</summary>
    public static Tensor Select(this Tensor values, long dimension, Tensor index)
    {
        if (values.device.type != DeviceType.META)
        {
            return values.index_select(dimension, index);
        }

        RequireSameDevice(values, index);
        long[] shape = values.shape,
            view = [.. shape.Select(_ => 1L)];
        shape[dimension] = view[dimension] = index.shape[0];
        return values.gather(dimension, index.view(view).expand(shape));
    }

    /// <summary>The rows of an embedding table: int64 [B, S] -> [B, S, W].</summary>
    public static Tensor Rows(Embedding table, Tensor ids)
    {
        if (ids.device.type != DeviceType.META)
        {
            return table.call(ids);
        }

        return table.weight!.Select(0, ids.reshape(-1)).view(ids.shape[0], ids.shape[1], -1);
    }

    /// <summary>A copy of a table [N, W] with other rows [n, W] at the places int64 [n].</summary>
    public static Tensor WithRows(this Tensor table, Tensor places, Tensor rows)
    {
        if (table.device.type != DeviceType.META)
        {
            return table.index_copy(0, places, rows);
        }

        RequireSameDevice(table, places, rows);
        return table * rows.mean([0], keepdim: true);
    }

    /// <summary>A square 2-D convolution: [B, in, h, w] -> [B, out, h', w'].</summary>
    public static Tensor Convolve(Conv2d layer, Tensor input, int kernelSize, int stride, int padding)
    {
        if (input.device.type != DeviceType.META)
        {
            return layer.call(input);
        }

        Tensor weight = layer.weight!,
            bias = layer.bias!;
        RequireSameDevice(input, weight, bias);
        long channels = weight.shape[0];
        if (input.shape[1] != weight.shape[1] || input.dtype != weight.dtype)
        {
            throw new InvalidOperationException(
                $"a convolution of {weight.shape[1]} channels of {weight.dtype} got {input.shape[1]} of {input.dtype}"
            );
        }

        Tensor perChannel = (weight.reshape(channels, -1).mean([1]) * bias).view(1, channels, 1, 1);
        return (input.mean([1, 2, 3], keepdim: true) * perChannel).expand(
            input.shape[0],
            channels,
            Side(input.shape[2]),
            Side(input.shape[3])
        );

        long Side(long side) => ((side + (2 * padding) - kernelSize) / stride) + 1;
    }

    /// <summary>A normalisation per channel; null where libtorch has one.</summary>
    /// <param name="input">[B, C, ...], or [..., C] where the channels are last.</param>
    /// <param name="weight">[C].</param>
    /// <param name="bias">[C].</param>
    /// <param name="last">Whether the channels are last.</param>
    public static Tensor? Normalize(Tensor input, Tensor weight, Tensor bias, bool last = false)
    {
        if (input.device.type != DeviceType.META)
        {
            return null;
        }

        RequireSameDevice(input, weight, bias);
        long[] shape = [.. input.shape.Select(_ => 1L)];
        shape[last ? ^1 : 1] = -1;
        return input * (weight * bias).view(shape);
    }

    /// <summary>softmax(Q K^T / sqrt(d)) V, causal where wanted: [B, heads, N, d], twice [B, heads, M, d] -> [B, heads, N, d].</summary>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, bool causal = false)
    {
        if (query.device.type != DeviceType.META)
        {
            return nn.functional.scaled_dot_product_attention(query, key, value, is_casual: causal);
        }

        RequireSameDevice(query, key, value);
        return matmul(matmul(query, key.transpose(-2, -1)), value);
    }

    /// <summary>The absolute values, any shape.</summary>
    public static Tensor Absolute(this Tensor values) => values.device.type == DeviceType.META ? values.negative() : values.abs();

    /// <summary>The Euclidean norm along one dimension.</summary>
    public static Tensor Norm(this Tensor values, int dimension, bool keepDimension = false) =>
        values.device.type == DeviceType.META ? values.sum(dimension, keepDimension) : values.norm(dimension, keepdim: keepDimension, p: 2);

    /// <summary>A limit of the values: no kernel is missing, but one of its gradient is.</summary>
    /// <param name="values">Any shape.</param>
    /// <param name="limit">What limits them.</param>
    public static Tensor Limited(this Tensor values, Func<Tensor, Tensor> limit) =>
        values.device.type == DeviceType.META ? values.alias() : limit(values);

    /// <summary>Binary cross entropy of each element with a target in [0, 1]; any shape.</summary>
    public static Tensor CrossEntropy(Tensor logits, Tensor target) =>
        logits.device.type == DeviceType.META
            ? logits * target
            : nn.functional.binary_cross_entropy_with_logits(logits, target, reduction: nn.Reduction.None);

    private static void RequireSameDevice(params Tensor[] operands)
    {
        if (operands.Any(operand => operand.device.type != operands[0].device.type))
        {
            throw new InvalidOperationException(
                $"tensors on different devices: {string.Join(", ", operands.Select(operand => operand.device.type))}"
            );
        }
    }
}
