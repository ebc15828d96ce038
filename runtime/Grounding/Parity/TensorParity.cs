using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Grounding.Parity;

/// <summary>How one output compares with its golden tensor.</summary>
public sealed record TensorParity
{
    /// <summary>Graph, or <c>pipeline</c>.</summary>
    public required string Graph { get; init; }

    /// <summary>Name of the case.</summary>
    public required string Case { get; init; }

    /// <summary>Name of the output.</summary>
    public required string Tensor { get; init; }

    /// <summary>Shape of the golden tensor.</summary>
    public required IReadOnlyList<long> Shape { get; init; }

    /// <summary>The tolerance that applied.</summary>
    public required ParityTolerance Tolerance { get; init; }

    /// <summary>Largest |got - want|; NaN where either is not a number.</summary>
    public required double MaxAbsolute { get; init; }

    /// <summary>
    /// Largest |got - want| / |want| over the elements with |want| above the absolute tolerance (below it a ratio says nothing).
    /// </summary>
    public required double MaxRelative { get; init; }

    /// <summary>Cosine of the angle between the two tensors as vectors; 1 for two zero tensors.</summary>
    public required double Cosine { get; init; }

    /// <summary>Elements outside the tolerance; NaN always is.</summary>
    public required long FailedElements { get; init; }

    /// <summary>Elements of the tensor.</summary>
    public required long ElementCount { get; init; }

    /// <summary>Whether the tensor is equal within the tolerance.</summary>
    public required bool Passed { get; init; }

    /// <summary>Why the values could not be compared (another shape, the graph failed); null where they were.</summary>
    public string? Problem { get; init; }

    /// <summary><c>graph/case/tensor</c>.</summary>
    public string Name => $"{Graph}/{Case}/{Tensor}";

    /// <summary>Compares two tensors.</summary>
    internal static TensorParity Compare(
        string graph,
        string caseName,
        string tensor,
        ParityTolerance tolerance,
        IReadOnlyList<long> wantShape,
        float[] want,
        GraphTensor? got,
        string? problem
    )
    {
        if (problem is null && got is not null && !got.Shape.SequenceEqual(wantShape))
        {
            problem = $"got shape [{string.Join(", ", got.Shape)}], wanted [{string.Join(", ", wantShape)}]";
        }

        if (problem is null && got?.Floats is null)
        {
            problem = "got no float32 values";
        }

        if (problem is not null)
        {
            return new TensorParity
            {
                Graph = graph,
                Case = caseName,
                Tensor = tensor,
                Shape = wantShape,
                Tolerance = tolerance,
                MaxAbsolute = double.NaN,
                MaxRelative = double.NaN,
                Cosine = double.NaN,
                FailedElements = want.Length,
                ElementCount = want.Length,
                Passed = false,
                Problem = problem,
            };
        }

        float[] values = got!.Floats!;
        long failed = 0;
        double maxAbsolute = 0;
        double maxRelative = 0;
        double dot = 0;
        double gotSquares = 0;
        double wantSquares = 0;
        for (int i = 0; i < want.Length; i++)
        {
            double w = want[i];
            double difference = Math.Abs(values[i] - w);
            // Written so that NaN fails.
            if (!(difference <= tolerance.Absolute + (tolerance.Relative * Math.Abs(w))))
            {
                failed++;
            }

            maxAbsolute = double.IsNaN(difference) ? double.NaN : Math.Max(maxAbsolute, difference);
            if (Math.Abs(w) > tolerance.Absolute)
            {
                maxRelative = Math.Max(maxRelative, difference / Math.Abs(w));
            }

            dot += values[i] * w;
            gotSquares += (double)values[i] * values[i];
            wantSquares += w * w;
        }

        bool comparable = !double.IsNaN(dot) && !double.IsNaN(gotSquares) && double.IsFinite(maxAbsolute);
        return new TensorParity
        {
            Graph = graph,
            Case = caseName,
            Tensor = tensor,
            Shape = wantShape,
            Tolerance = tolerance,
            MaxAbsolute = maxAbsolute,
            MaxRelative = maxRelative,
            Cosine = gotSquares == 0 && wantSquares == 0 ? 1 : dot / Math.Sqrt(gotSquares * wantSquares),
            FailedElements = failed,
            ElementCount = want.Length,
            Passed = comparable && failed <= tolerance.MaxOutlierFraction * want.Length,
        };
    }
}
