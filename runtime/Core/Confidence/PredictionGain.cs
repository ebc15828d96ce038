using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Core.Confidence;

/// <summary>
/// What a phrase does to the U-Net's prediction, cell by cell. With r the error of the prediction under the empty prompt (target minus
/// prediction) and d what the phrase adds to the prediction, the squared error falls by |r|^2 - |r - d|^2 = 2 r d - d^2: positive where the
/// phrase describes what is there.
/// </summary>
/// <remarks>
/// The gain in log likelihood of a diffusion classifier (Li et al. 2023, arXiv:2303.16203), kept in its two parts and in its place. In the
/// model's own prediction type, so that it is the difference of two training losses.
/// </remarks>
/// <param name="Grid">Size of the latents.</param>
/// <param name="Agreement">r d, mean over channels and noise; float64 [Rows, Columns], row-major.</param>
/// <param name="Change">d^2, in the same way; not negative.</param>
public sealed record PredictionGain(GridSize Grid, double[] Agreement, double[] Change)
{
    /// <summary>Adds a sample.</summary>
    /// <param name="residual">r, float32 [C, Rows, Columns].</param>
    /// <param name="empty">Prediction under the empty prompt, the same shape.</param>
    /// <param name="prompted">Prediction under the phrase, the same shape.</param>
    /// <param name="weight">1 / (samples * channels), for the mean.</param>
    public void Add(ReadOnlySpan<float> residual, ReadOnlySpan<float> empty, ReadOnlySpan<float> prompted, double weight)
    {
        int cells = Grid.CellCount;
        for (int i = 0; i < residual.Length; i++)
        {
            double added = (double)prompted[i] - empty[i];
            Agreement[i % cells] += weight * residual[i] * added;
            Change[i % cells] += weight * added * added;
        }
    }

    /// <summary>Nothing measured yet.</summary>
    public static PredictionGain Zero(GridSize grid) => new(grid, new double[grid.CellCount], new double[grid.CellCount]);
}
