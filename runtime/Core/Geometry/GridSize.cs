namespace CxrOnnx.Core.Geometry;

/// <summary>
/// Size of a map inside the model: its image, its latents or an attention map. Written rows first, as tensors are ([..., Rows, Columns],
/// row-major).
/// </summary>
/// <param name="Rows">Rows (height), at least 1.</param>
/// <param name="Columns">Columns (width), at least 1.</param>
public readonly record struct GridSize(int Rows, int Columns)
{
    /// <summary>A square grid.</summary>
    public static GridSize Square(int side) => new(side, side);

    /// <summary>Number of cells.</summary>
    public int CellCount => checked(Rows * Columns);

    /// <summary>
    /// The grid each of whose cells covers <paramref name="factor"/> x <paramref name="factor"/> cells of this one, rounded up.
    /// </summary>
    /// <param name="factor">At least 1.</param>
    public GridSize DividedBy(int factor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        return new((Rows + factor - 1) / factor, (Columns + factor - 1) / factor);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Rows}x{Columns} (rows x columns)";
}
