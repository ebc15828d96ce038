using CxrOnnx.Trainer.Native;
using CxrOnnx.Trainer.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Training;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101) over one flat vector, with clipping of the gradient norm and an exponential moving
/// average of the weights. Its whole state is in <see cref="State"/>, so that a resumed run continues bit for bit.
/// </summary>
public sealed class AdamW : IDisposable
{
    private readonly FlatParameters _parameters;
    private readonly AdamWSettings _settings;
    private readonly Tensor _values;
    private readonly Tensor _firstMoment;
    private readonly Tensor _secondMoment;
    private readonly Tensor _average;

    /// <summary>Starts from the parameters' present values with empty moments.</summary>
    public AdamW(FlatParameters parameters, AdamWSettings settings)
    {
        _parameters = parameters;
        _settings = settings;
        _values = parameters.Values().DetachFromDisposeScope();
        _average = _values.clone().DetachFromDisposeScope();
        _firstMoment = zeros_like(_values).DetachFromDisposeScope();
        _secondMoment = zeros_like(_values).DetachFromDisposeScope();
    }

    /// <summary>Steps done.</summary>
    public long Step { get; private set; }

    /// <summary>The averaged weights: float32 [Count]; owned by this object.</summary>
    public Tensor Average => _average;

    /// <summary>The state by name, float32 [Count] each; owned by this object.</summary>
    public IReadOnlyDictionary<string, Tensor> State =>
        new Dictionary<string, Tensor>
        {
            ["values"] = _values,
            ["exp_avg"] = _firstMoment,
            ["exp_avg_sq"] = _secondMoment,
            ["average"] = _average,
        };

    /// <summary>Takes one step with the gradients that the last backward pass left, and clears them.</summary>
    /// <param name="learningRate">Learning rate of this step.</param>
    /// <returns>
    /// The gradient's norm before clipping: float32, no dimensions, on the parameters' device; owned by the caller. The host does not wait
    /// for it.
    /// </returns>
    public Tensor Update(double learningRate)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor gradient = _parameters.Gradients();
        Tensor norm = gradient.norm();
        if (_settings.MaxGradientNorm > 0)
        {
            // min(1, limit / norm) without asking the device which of them it is; a factor of 1 changes no bit.
            Tensor precise = norm.to(ScalarType.Float64);
            Tensor factor = zeros_like(precise).AddInPlace(_settings.MaxGradientNorm) / precise;
            gradient.mul_(factor.AtMost(1).to(ScalarType.Float32));
        }

        Step++;
        _firstMoment.MultiplyInPlace(_settings.Beta1).AddInPlace(gradient, 1 - _settings.Beta1);
        _secondMoment.MultiplyInPlace(_settings.Beta2).AddProductInPlace(gradient, gradient, 1 - _settings.Beta2);
        double correction1 = 1 - Math.Pow(_settings.Beta1, Step);
        double correction2 = 1 - Math.Pow(_settings.Beta2, Step);
        _values.MultiplyInPlace(1 - (learningRate * _settings.WeightDecay));
        Tensor denominator = _secondMoment.DividedBy(correction2).sqrt_().AddInPlace(_settings.Epsilon);
        _values.AddQuotientInPlace(_firstMoment, denominator, -learningRate / correction1);
        double decay = Math.Min(_settings.AverageDecay, (1.0 + Step) / (10.0 + Step));
        _average.MultiplyInPlace(decay).AddInPlace(_values, 1 - decay);

        _parameters.Assign(_values);
        _parameters.ClearGradients();
        return scope.MoveToOuter(norm);
    }

    /// <summary>Continues from a stored state.</summary>
    /// <param name="state">The four vectors of <see cref="State"/>; copied.</param>
    /// <param name="step">Steps done when it was stored.</param>
    public void Restore(IReadOnlyDictionary<string, Tensor> state, long step)
    {
        using IDisposable noGrad = no_grad();
        foreach ((string name, Tensor target) in State)
        {
            target.copy_(state[name]);
        }

        Step = step;
        _parameters.Assign(_values);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _values.Dispose();
        _firstMoment.Dispose();
        _secondMoment.Dispose();
        _average.Dispose();
    }
}
