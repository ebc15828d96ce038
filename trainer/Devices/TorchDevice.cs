using System.Globalization;
using System.Runtime.InteropServices;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Machines;
using CxrOnnx.Trainer.Native;
using static TorchSharp.torch;
using DeviceType = TorchSharp.DeviceType;

namespace CxrOnnx.Trainer.Devices;

/// <summary>
/// What TorchSharp computes on, and why. Asking for CUDA by name means just that: where it cannot be met, an error names what is missing,
/// and nothing runs on the CPU instead.
/// </summary>
/// <param name="Device">The device; for CUDA always with its number.</param>
/// <param name="Reason">Why this one, for people.</param>
public sealed record TorchDevice(Device Device, string Reason)
{
    /// <summary>The CPU, without any choice.</summary>
    public static TorchDevice Cpu => new(CPU, "the CPU was asked for");

    /// <summary>Whether it is a GPU.</summary>
    public bool IsCuda => Device.type == DeviceType.CUDA;

    /// <summary>The name as the setting <c>device</c> has it: <c>cpu</c> or <c>cuda:0</c>.</summary>
    public string Name => IsCuda ? string.Create(CultureInfo.InvariantCulture, $"cuda:{Device.index}") : "cpu";

    /// <summary>Device and reason in one line.</summary>
    public override string ToString() => $"device {Name}: {Reason}";

    /// <summary>Chooses a device and makes libtorch ready for it; the first use of libtorch in a process.</summary>
    /// <param name="name">
    /// <c>auto</c> (CUDA where it can be used, else the CPU), <c>cpu</c>, <c>cuda</c> (the first GPU) or <c>cuda:N</c>.
    /// </param>
    /// <param name="libtorch">
    /// Folder of libtorch, or null for that of the environment variable <see cref="TorchInstallation.Variable"/>, else the program's own,
    /// else that of an installed PyTorch.
    /// </param>
    /// <param name="tf32">
    /// Whether a GPU may round the factors of products and convolutions to 10 bits of mantissa (TF32), which is several times faster.
    /// Changes nothing on the CPU.
    /// </param>
    /// <exception cref="InputException">
    /// The name is unknown, or what was asked for cannot be met; the message says what is missing.
    /// </exception>
    /// <exception cref="ArtifactException">libtorch itself cannot be loaded.</exception>
    public static TorchDevice Choose(string name, string? libtorch = null, bool tf32 = false)
    {
        (bool? wanted, int index) = Parse(name);
        TorchInstallation? named = TorchInstallation.Named(libtorch);
        string? obstacle = wanted == false ? null : ObstacleToCuda(named, index);
        if (wanted == true && obstacle is not null)
        {
            throw new InputException($"`device` {name} cannot be used: {obstacle}; nothing was run on the CPU instead");
        }

        if (wanted != false && obstacle is null)
        {
            // Both, because libtorch starts with one allowed and the other not.
            backends.cuda.matmul.allow_tf32 = tf32;
            backends.cudnn.allow_tf32 = tf32;
            string why = wanted is null ? "a GPU was found" : "asked for";
            return new(new Device(DeviceType.CUDA, index), $"{why}, libtorch is {TorchLibrary.Installation}");
        }

        // Not a word of TorchSharp before this: it would look for libtorch by itself, and tell of it for pages.
        if (named is not null)
        {
            TorchLibrary.Use(named);
        }

        TorchLibrary.EnsureLoaded();
        return obstacle is null ? Cpu : new(CPU, $"no GPU can be used: {obstacle}");
    }

    /// <summary>Waits until the device has done what it was asked to do: needed around a measured time, and nowhere else.</summary>
    public void Synchronize()
    {
        if (IsCuda)
        {
            cuda.synchronize(Device);
        }
    }

    /// <summary>Whether CUDA is wanted (null: where it can be used), and the number of the GPU.</summary>
    internal static (bool? Cuda, int Index) Parse(string name)
    {
        switch (name)
        {
            case "auto":
                return (null, 0);
            case "cpu":
                return (false, 0);
            case "cuda":
                return (true, 0);
        }

        const string Numbered = "cuda:";
        return
            name.StartsWith(Numbered, StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(Numbered.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            ? (true, index)
            : throw new InputException($"`device` '{name}': known are auto, cpu, cuda and cuda:N with the number of a GPU");
    }

    /// <summary>Null where the GPU can be used, and libtorch is then loaded; else what stands in the way.</summary>
    private static string? ObstacleToCuda(TorchInstallation? named, int index)
    {
        if (!OperatingSystem.IsLinux())
        {
            return "training on a GPU was only built for Linux";
        }

        if (TorchLibrary.HasOwnLibtorch)
        {
            return "this build brings libtorch for the CPU; take the build for CUDA (-p:Accelerator=cuda)";
        }

        if (!NativeLibrary.TryLoad(CudaLibraries.Driver, out _))
        {
            return $"{CudaLibraries.Driver} is not there; {CudaLibraries.Advice([CudaLibraries.Driver])}";
        }

        if (TorchLibrary.Installation is { HasCuda: false } loaded)
        {
            return $"this process computes with {loaded}";
        }

        IReadOnlyList<TorchInstallation> candidates = named is not null ? [named] : TorchInstallation.Installed();
        TorchInstallation? installation =
            TorchLibrary.Installation
            ?? candidates.FirstOrDefault(candidate => candidate.HasCuda && (named is not null || candidate.IsTried != false));
        if (installation is null)
        {
            string found = candidates.Count == 0 ? "no PyTorch was found" : $"found were {string.Join("; ", candidates)}";
            return $"there is no libtorch with CUDA: {found}; install PyTorch 2.10 or 2.11 for CUDA (pip install torch), or name the "
                + $"folder of its libraries with `libtorch` or {TorchInstallation.Variable}";
        }

        try
        {
            TorchLibrary.Use(installation);
            TorchLibrary.EnsureLoaded();
        }
        catch (CxrOnnxException exception)
        {
            return exception.Message;
        }

        if (!cuda.is_available())
        {
            return $"{installation} finds no usable GPU: the driver is too old for its CUDA, or CUDA_VISIBLE_DEVICES hides the GPU "
                + "(nvidia-smi shows both)";
        }

        int count = cuda.device_count();
        return index < count
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"there is no GPU {index}, libtorch counts {count} from 0");
    }
}
