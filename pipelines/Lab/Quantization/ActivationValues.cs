using CxrOnnx.Exporter.Quantization;

namespace CxrOnnx.Lab.Quantization;

/// <summary>What was seen of one activation: its extremes exactly, and an evenly spread part of its values.</summary>
public sealed class ActivationValues
{
    private const int KeptPerTensor = 2048;
    private const double Tail = 1e-4;
    private const int Shrinkings = 14;
    private const float ShrinkStep = 0.95f;

    private readonly List<float> _kept = [];
    private float _least = float.PositiveInfinity;
    private float _greatest = float.NegativeInfinity;
    private int _tensors;

    /// <summary>Looks at one tensor.</summary>
    public void Add(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            _least = Math.Min(_least, value);
            _greatest = Math.Max(_greatest, value);
        }

        // Another first element each time: with a stride that divides the tensor, the same cells would be looked at again and again.
        int stride = Math.Max(1, values.Length / KeptPerTensor);
        for (int i = _tensors++ % stride; i < values.Length; i += stride)
        {
            _kept.Add(values[i]);
        }
    }

    /// <summary>The range to quantise with.</summary>
    public ActivationRange Range(RangeMethod method) =>
        method switch
        {
            RangeMethod.MinMax => new ActivationRange(_least, _greatest),
            RangeMethod.Percentile => Percentile(),
            _ => LeastSquares(),
        };

    private ActivationRange Percentile()
    {
        float[] sorted = [.. _kept.Order()];
        int tail = (int)(Tail * sorted.Length);
        return new ActivationRange(sorted[tail], sorted[^(tail + 1)]);
    }

    private ActivationRange LeastSquares()
    {
        ActivationRange best = default;
        double least = double.PositiveInfinity;
        float factor = 1;
        for (int i = 0; i < Shrinkings; i++, factor *= ShrinkStep)
        {
            ActivationRange range = new(_least * factor, _greatest * factor);
            double error = Error(range);
            if (error < least)
            {
                (best, least) = (range, error);
            }
        }

        return best;
    }

    private double Error(ActivationRange range)
    {
        double sum = 0;
        float scale = range.Scale;
        int zero = range.ZeroPoint;
        foreach (float value in _kept)
        {
            double difference = ((Math.Clamp(MathF.Round(value / scale) + zero, 0, byte.MaxValue) - zero) * scale) - value;
            sum += difference * difference;
        }

        return sum;
    }
}
