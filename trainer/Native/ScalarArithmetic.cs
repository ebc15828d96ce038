using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Native;

/// <summary>
/// Tensor arithmetic whose numbers stay alive while libtorch reads them. TorchSharp hands a number over as a <see cref="Scalar"/>, an
/// object with a finaliser around native memory, and passes only its address to libtorch. Its operators (<c>a + b</c>, which has a hidden
/// factor of 1, and <c>a * 0.5</c>) let the object go before the call returns: a garbage collection on another thread then frees the number
/// under libtorch, which throws ("Unknown scalar type", an error in <c>Scalar::toFloat</c>) or computes with another number. Training code
/// uses these methods instead (docs/adr/0017-scalars-kept-alive.md). Those that end in <c>InPlace</c> change their first operand and return
/// it; the others return a new tensor of the same shape and dtype, in the caller's dispose scope. All are differentiable where libtorch's
/// operation is.
/// </summary>
public static class ScalarArithmetic
{
    // Static: never collected. Integers, so that they fit every dtype.
    private static readonly Scalar One = 1,
        Two = 2;

    /// <summary>left + right, broadcast.</summary>
    public static Tensor Plus(this Tensor left, Tensor right) => left.add(right, One);

    /// <summary>1 - operand.</summary>
    public static Tensor OneMinus(this Tensor operand)
    {
        using Tensor negative = operand.negative();
        return negative.add(One, One);
    }

    /// <summary>operand * factor.</summary>
    public static Tensor Times(this Tensor operand, double factor)
    {
        using Scalar scalar = factor;
        return operand.mul(scalar);
    }

    /// <summary>operand / divisor.</summary>
    public static Tensor DividedBy(this Tensor operand, double divisor)
    {
        using Scalar scalar = divisor;
        return operand.div(scalar);
    }

    /// <summary>operand^2; TorchSharp's own <c>square</c> makes a number, too.</summary>
    public static Tensor Squared(this Tensor operand) => operand.pow(Two);

    /// <summary>operand, no less than minimum.</summary>
    public static Tensor AtLeast(this Tensor operand, double minimum)
    {
        using Scalar scalar = minimum;
        return operand.clamp_min(scalar);
    }

    /// <summary>operand, no more than maximum.</summary>
    public static Tensor AtMost(this Tensor operand, double maximum)
    {
        using Scalar scalar = maximum;
        return operand.clamp_max(scalar);
    }

    /// <summary>operand, no less than minimum and no more than maximum.</summary>
    public static Tensor Within(this Tensor operand, double minimum, double maximum)
    {
        using Scalar low = minimum;
        using Scalar high = maximum;
        return operand.clamp(low, high);
    }

    /// <summary>Where operand > threshold; bool, the operand's shape.</summary>
    public static Tensor IsAbove(this Tensor operand, double threshold)
    {
        using Scalar scalar = threshold;
        return operand.gt(scalar);
    }

    /// <summary>target = value everywhere.</summary>
    public static Tensor FillInPlace(this Tensor target, double value)
    {
        using Scalar scalar = value;
        return target.fill_(scalar);
    }

    /// <summary>target *= factor.</summary>
    public static Tensor MultiplyInPlace(this Tensor target, double factor)
    {
        using Scalar scalar = factor;
        return target.mul_(scalar);
    }

    /// <summary>target /= divisor.</summary>
    public static Tensor DivideInPlace(this Tensor target, double divisor)
    {
        using Scalar scalar = divisor;
        return target.div_(scalar);
    }

    /// <summary>target += term.</summary>
    public static Tensor AddInPlace(this Tensor target, double term)
    {
        using Scalar scalar = term;
        return target.add_(scalar, One);
    }

    /// <summary>target += factor * term.</summary>
    public static Tensor AddInPlace(this Tensor target, Tensor term, double factor)
    {
        using Scalar scalar = factor;
        return target.add_(term, scalar);
    }

    /// <summary>target += factor * left * right.</summary>
    public static Tensor AddProductInPlace(this Tensor target, Tensor left, Tensor right, double factor)
    {
        using Scalar scalar = factor;
        return target.addcmul_(left, right, scalar);
    }

    /// <summary>target += factor * numerator / denominator.</summary>
    public static Tensor AddQuotientInPlace(this Tensor target, Tensor numerator, Tensor denominator, double factor)
    {
        using Scalar scalar = factor;
        return target.addcdiv_(numerator, denominator, scalar);
    }
}
