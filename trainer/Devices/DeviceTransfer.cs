using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Devices;

/// <summary>
/// How tensors made on the host reach a device without the host waiting: through pinned memory, in the order of the device's own work.
/// libtorch keeps a pinned block until the copy out of it is done, whoever disposes it.
/// </summary>
public static class DeviceTransfer
{
    /// <summary>Moves a tensor of the host to a device.</summary>
    /// <param name="host">On the CPU, any type and shape. Owned by this method: the caller uses only the result.</param>
    /// <param name="device">Where it is wanted.</param>
    /// <returns>The same values there; the very tensor where that is the CPU. Owned by the caller.</returns>
    public static Tensor MoveTo(this Tensor host, Device device)
    {
        if (device.type == DeviceType.CPU)
        {
            return host;
        }

        using Tensor pinned = Pin(host, device);
        return pinned.to(device, non_blocking: true);
    }

    /// <summary>Brings a tensor of the host into pinned memory where a GPU will fetch it; what <see cref="MoveTo"/> begins with.</summary>
    /// <param name="host">On the CPU. Owned by this method.</param>
    /// <param name="device">Where it will be wanted.</param>
    /// <returns>On the CPU; owned by the caller.</returns>
    public static Tensor Pin(this Tensor host, Device device)
    {
        if (device.type != DeviceType.CUDA || host.is_pinned())
        {
            return host;
        }

        using (host)
        {
            return host.pin_memory();
        }
    }

    /// <summary>Keeps a tensor of the host for a later step: out of every dispose scope, pinned where a GPU will fetch it.</summary>
    /// <param name="host">On the CPU. Owned by this method.</param>
    /// <param name="device">Where it will be wanted.</param>
    /// <returns>On the CPU; owned by the caller.</returns>
    public static Tensor Keep(this Tensor host, Device device) => host.DetachFromDisposeScope().Pin(device).DetachFromDisposeScope();

    /// <summary>A copy of a kept tensor on a device; the kept one stays.</summary>
    /// <param name="kept">On the CPU. Read only.</param>
    /// <param name="device">Where it is wanted.</param>
    /// <returns>The same values there, sharing memory where that is the CPU; owned by the caller.</returns>
    public static Tensor CopyTo(this Tensor kept, Device device) => kept.alias().MoveTo(device);

    /// <summary>Where a module's weights are.</summary>
    /// <param name="module">With at least one parameter.</param>
    public static Device DeviceOf(nn.Module module) => module.parameters().First().device;

    /// <summary>The values of a tensor of any device.</summary>
    /// <param name="tensor">float32; read only. The host waits for the device here.</param>
    /// <returns>Row-major.</returns>
    public static float[] ToArray(Tensor tensor)
    {
        using DisposeScope scope = NewDisposeScope();
        return tensor.detach().cpu().contiguous().data<float>().ToArray();
    }
}
