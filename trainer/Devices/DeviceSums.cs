using CxrOnnx.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Devices;

/// <summary>
/// Running sums that stay on the device, in float64: a step adds to them without the host waiting, and they are read when somebody wants to
/// see them. Not thread-safe.
/// </summary>
public sealed class DeviceSums : IDisposable
{
    private readonly Tensor _values;

    /// <summary>Starts at given sums.</summary>
    /// <param name="device">Where the terms are.</param>
    /// <param name="start">One number per sum.</param>
    /// <param name="count">How many terms each of them already holds.</param>
    public DeviceSums(Device device, IReadOnlyList<double> start, int count = 0)
    {
        _values = tensor(start.ToArray(), dtype: ScalarType.Float64).DetachFromDisposeScope().MoveTo(device).DetachFromDisposeScope();
        Count = count;
    }

    /// <summary>Terms in each sum.</summary>
    public int Count { get; private set; }

    /// <summary>Adds one term to each sum.</summary>
    /// <param name="terms">One element each, any floating type, on the device; in the order of the sums.</param>
    public void Add(params Tensor[] terms)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        _values.AddInPlace(cat([.. terms.Select(term => term.detach().reshape(1).to(ScalarType.Float64))]), 1);
        Count++;
    }

    /// <summary>The sums; the host waits for the device here.</summary>
    public double[] Read()
    {
        using Tensor host = _values.cpu();
        return host.data<double>().ToArray();
    }

    /// <summary>The means; NaN before the first term. The host waits for the device here.</summary>
    public double[] Means() => [.. Read().Select(sum => sum / Count)];

    /// <summary>Starts again at zero.</summary>
    public void Reset()
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        _values.zero_();
        Count = 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _values.Dispose();
}
