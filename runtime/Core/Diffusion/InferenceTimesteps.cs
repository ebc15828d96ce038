namespace CxrOnnx.Core.Diffusion;

/// <summary>The training time steps that inference visits. Immutable.</summary>
/// <remarks>
/// Ascending order is that of inversion (clean to noisy) and of the attention windows: index k = 0 is the cleanest step. The number of
/// steps may exceed the number asked for: the stride is <c>floor(train / requested)</c>, and "trailing" goes on as long as it fits, so 300
/// of 1000 gives 334 steps.
/// </remarks>
public sealed class InferenceTimesteps
{
    private readonly int[] _ascending;

    private InferenceTimesteps(string spacing, int stride, int[] ascending)
    {
        Spacing = spacing;
        Stride = stride;
        _ascending = ascending;
    }

    /// <summary><c>trailing</c> or <c>leading</c>.</summary>
    public string Spacing { get; }

    /// <summary>Training time steps between two inference steps: floor(train / requested).</summary>
    public int Stride { get; }

    /// <summary>Number of steps (N).</summary>
    public int Count => _ascending.Length;

    /// <summary>Time steps in inversion order: clean to noisy.</summary>
    public ReadOnlySpan<int> Ascending => _ascending;

    /// <summary>Time steps in sampling order: noisy to clean. A new array.</summary>
    public int[] Descending => [.. _ascending.Reverse()];

    /// <summary>Time step of inversion index k.</summary>
    public int this[int index] => _ascending[index];

    /// <summary>
    /// Ends at the last training step: T-1, T-1-stride, ... as long as it is not negative (Lin et al. 2023, arXiv:2305.08891, table 2).
    /// </summary>
    /// <param name="requested">Steps asked for, in [1, train].</param>
    /// <param name="train">Training time steps (T).</param>
    /// <exception cref="InputException"><paramref name="requested"/> is outside [1, train].</exception>
    public static InferenceTimesteps Trailing(int requested, int train)
    {
        int stride = StrideFor(requested, train);
        List<int> descending = [];
        for (int t = train; t > 0; t -= stride)
        {
            descending.Add(t - 1);
        }

        descending.Reverse();
        return new("trailing", stride, [.. descending]);
    }

    /// <summary>Starts at step 0: 0, stride, ..., (requested - 1) stride.</summary>
    /// <param name="requested">Steps asked for, in [1, train].</param>
    /// <param name="train">Training time steps (T).</param>
    /// <exception cref="InputException"><paramref name="requested"/> is outside [1, train].</exception>
    public static InferenceTimesteps Leading(int requested, int train)
    {
        int stride = StrideFor(requested, train);
        return new("leading", stride, [.. Enumerable.Range(0, requested).Select(i => i * stride)]);
    }

    private static int StrideFor(int requested, int train) =>
        requested >= 1 && requested <= train
            ? train / requested
            : throw new InputException($"{requested} inference steps: must lie between 1 and the {train} training steps");
}
