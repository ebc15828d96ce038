using System.Buffers.Binary;
using System.IO.Compression;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;

namespace CxrOnnx.Evaluation.Methods;

/// <summary>
/// An answer small enough to keep for every case of every system until the report is drawn: the heatmap on a coarse grid in 255 steps, or
/// the boxes.
/// </summary>
public sealed class PredictionSketch
{
    // Heatmaps are smooth: a Gaussian filter of 2.5 pixels on a grid of 512 has no detail that this grid loses.
    private const int LongestSide = 224;
    private const byte Nothing = 0;

    private readonly GridSize _grid;
    private readonly byte[] _levels;

    private PredictionSketch(GridSize grid, byte[] levels, IReadOnlyList<PixelBox> boxes)
    {
        _grid = grid;
        _levels = levels;
        Boxes = boxes;
    }

    /// <summary>Whether there is a heatmap.</summary>
    public bool HasHeatmap => _levels.Length > 0;

    /// <summary>The boxes of a system that answers with boxes, in original pixels.</summary>
    public IReadOnlyList<PixelBox> Boxes { get; }

    /// <summary>The sketch of an answer.</summary>
    public static PredictionSketch Of(Prediction answer) =>
        answer.Heatmap is { } heatmap ? Of(heatmap) : new PredictionSketch(new GridSize(0, 0), [], answer.Boxes ?? []);

    /// <summary>The sketch of a heatmap.</summary>
    public static PredictionSketch Of(Heatmap heatmap)
    {
        double scale = Math.Min(1, LongestSide / (double)Math.Max(heatmap.Size.Width, heatmap.Size.Height));
        GridSize grid = new(Math.Max(1, (int)(heatmap.Size.Height * scale)), Math.Max(1, (int)(heatmap.Size.Width * scale)));
        byte[] levels = new byte[grid.CellCount];
        for (int row = 0, i = 0; row < grid.Rows; row++)
        {
            int y = (int)((row + 0.5) * heatmap.Size.Height / grid.Rows);
            for (int column = 0; column < grid.Columns; column++, i++)
            {
                float value = heatmap.Values[(y * heatmap.Size.Width) + (int)((column + 0.5) * heatmap.Size.Width / grid.Columns)];
                levels[i] = float.IsNaN(value) ? Nothing : (byte)(1 + Math.Round(Math.Clamp(value, 0, 1) * 254));
            }
        }

        return new PredictionSketch(grid, levels, []);
    }

    /// <summary>A heatmap's sketch as bytes: rows and columns (int32, little-endian), then the levels, deflated.</summary>
    internal byte[] Pack()
    {
        using MemoryStream bytes = new();
        Span<byte> head = stackalloc byte[2 * sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(head, _grid.Rows);
        BinaryPrimitives.WriteInt32LittleEndian(head[sizeof(int)..], _grid.Columns);
        bytes.Write(head);
        using (DeflateStream packed = new(bytes, CompressionLevel.Fastest, leaveOpen: true))
        {
            packed.Write(_levels);
        }

        return bytes.ToArray();
    }

    /// <summary>The sketch that <see cref="Pack"/> made bytes of.</summary>
    internal static PredictionSketch Unpack(byte[] bytes)
    {
        GridSize grid = new(
            BinaryPrimitives.ReadInt32LittleEndian(bytes),
            BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(sizeof(int)))
        );
        byte[] levels = new byte[grid.CellCount];
        using DeflateStream packed = new(
            new MemoryStream(bytes, 2 * sizeof(int), bytes.Length - (2 * sizeof(int))),
            CompressionMode.Decompress
        );
        packed.ReadExactly(levels);
        return new PredictionSketch(grid, levels, []);
    }

    /// <summary>The heatmap at any size, interpolated between the sketch's cells; NaN where the nearest cell is.</summary>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <returns>float32 [height, width], row-major, in [0,1]; all NaN without a heatmap.</returns>
    public float[] Render(int height, int width)
    {
        float[] map = new float[height * width];
        for (int y = 0, i = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++, i++)
            {
                map[i] = HasHeatmap ? At(((y + 0.5) * _grid.Rows / height) - 0.5, ((x + 0.5) * _grid.Columns / width) - 0.5) : float.NaN;
            }
        }

        return map;
    }

    private float At(double row, double column)
    {
        if (Level((int)Math.Round(row), (int)Math.Round(column)) == Nothing)
        {
            return float.NaN;
        }

        int top = (int)Math.Floor(row);
        int left = (int)Math.Floor(column);
        double sum = 0;
        double weights = 0;
        for (int corner = 0; corner < 4; corner++)
        {
            (int down, int right) = Math.DivRem(corner, 2);
            byte level = Level(top + down, left + right);
            double weight = level == Nothing ? 0 : Math.Abs(1 - down - (row - top)) * Math.Abs(1 - right - (column - left));
            sum += weight * (level - 1);
            weights += weight;
        }

        return (float)(sum / weights / 254);
    }

    private byte Level(int row, int column) =>
        _levels[(Math.Clamp(row, 0, _grid.Rows - 1) * _grid.Columns) + Math.Clamp(column, 0, _grid.Columns - 1)];
}
