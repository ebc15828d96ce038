using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Grounding.Parity;

/// <summary>The result of running every golden case of a file through a bundle.</summary>
public sealed record ParityReport
{
    /// <summary>The golden file.</summary>
    public required string GoldenFile { get; init; }

    /// <summary>Id of the bundle.</summary>
    public required string BundleId { get; init; }

    /// <summary>What the graphs ran on.</summary>
    public required string Provider { get; init; }

    /// <summary>How the numbers were computed.</summary>
    public MathPrecision Math { get; init; }

    /// <summary>Whether a graph set of the bundle made for provider and precision was run; the plain graphs otherwise.</summary>
    public bool GraphSet { get; init; }

    /// <summary>Every compared tensor, in the order of the file.</summary>
    public required IReadOnlyList<TensorParity> Tensors { get; init; }

    /// <summary>
    /// What is wrong with the golden file itself or does not fit the bundle: names, missing inputs, missing tolerances. One sentence each.
    /// </summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>Graphs of the bundle for which the file has no case. Not an error: such a file says nothing about them.</summary>
    public required IReadOnlyList<string> GraphsWithoutCases { get; init; }

    /// <summary>Whether there is at least one tensor, all passed, and there is no problem.</summary>
    public bool Passed => Tensors.Count > 0 && Problems.Count == 0 && Tensors.All(tensor => tensor.Passed);
}
