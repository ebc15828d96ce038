using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Training;

/// <summary>
/// The trainable parameters of one or more modules seen as a single vector, so that an optimiser step, gradient clipping and averaging are
/// a handful of operations whatever the number of tensors, and optimiser state is a few vectors in a checkpoint. The vectors are float32
/// even where the modules compute in another type, so the small updates of training are not rounded away.
/// </summary>
/// <remarks>Order: modules in the order given, parameters in module order, names prefixed by the module's. Not thread-safe.</remarks>
public sealed class FlatParameters
{
    private readonly List<(string Name, Parameter Parameter, long Offset, long Count)> _entries = [];

    /// <summary>Collects the parameters that require a gradient.</summary>
    /// <param name="modules">Prefix and module.</param>
    public FlatParameters(params IReadOnlyList<(string Prefix, nn.Module Module)> modules)
    {
        foreach ((string prefix, nn.Module module) in modules)
        {
            foreach ((string name, Parameter parameter) in module.named_parameters().Where(entry => entry.parameter.requires_grad))
            {
                _entries.Add(($"{prefix}.{name}", parameter, Count, parameter.numel()));
                Count += parameter.numel();
            }
        }
    }

    /// <summary>Number of scalars.</summary>
    public long Count { get; }

    /// <summary>Name and element count of each parameter, in vector order.</summary>
    public IEnumerable<string> Names => _entries.Select(entry => $"{entry.Name}:{entry.Count}");

    /// <summary>The values: float32 [Count], a copy owned by the caller.</summary>
    public Tensor Values()
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return cat([.. _entries.Select(entry => entry.Parameter.reshape(-1).to(ScalarType.Float32))]).detach().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The gradients of the last backward pass: float32 [Count], owned by the caller; a parameter that took no part counts as zero.
    /// </summary>
    public Tensor Gradients()
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return cat([
                .. _entries.Select(entry =>
                    entry.Parameter.grad is { } grad
                        ? grad.reshape(-1).to(ScalarType.Float32)
                        : zeros(entry.Count, device: entry.Parameter.device)
                ),
            ])
            .MoveToOuterDisposeScope();
    }

    /// <summary>Forgets all gradients.</summary>
    public void ClearGradients()
    {
        foreach ((_, Parameter parameter, _, _) in _entries)
        {
            if (parameter.grad is { } grad)
            {
                parameter.grad = null;
                grad.Dispose();
            }
        }
    }

    /// <summary>Writes a vector back into the parameters.</summary>
    /// <param name="values">float32 [Count].</param>
    public void Assign(Tensor values)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((_, Parameter parameter, long offset, long count) in _entries)
        {
            parameter.copy_(values.narrow(0, offset, count).view(parameter.shape));
        }
    }
}
