namespace CxrOnnx.Phantom;

/// <summary>
/// Value noise on a lattice hung in the central square of the image: the same seed gives the same field at any resolution. Values lie in
/// [-1, 1] with mean near 0.
/// </summary>
internal sealed class SmoothNoise
{
    private readonly int _columns;
    private readonly int _rows;
    private readonly float[] _lattice;
    private readonly float _cells;
    private readonly float _left;
    private readonly float _top;
    private readonly float _side;

    /// <param name="canvas">The image.</param>
    /// <param name="random">Seed of the field.</param>
    /// <param name="cells">Lattice cells along the shorter side of the image.</param>
    public SmoothNoise(Canvas canvas, PhantomRandom random, float cells)
    {
        _side = Math.Min(canvas.Width, canvas.Height);
        _cells = cells;
        // The lattice always covers a 2 x 2 square about the centre, so that every aspect ratio (up to 2 : 1) reads the same values.
        _left = (canvas.Width * 0.5f) - _side;
        _top = (canvas.Height * 0.5f) - _side;
        _columns = (int)MathF.Ceiling(2f * cells) + 2;
        _rows = _columns;
        _lattice = new float[_columns * _rows];
        ulong key = random.NextUInt64();
        for (int i = 0; i < _lattice.Length; i++)
        {
            _lattice[i] = ((PhantomRandom.Mix(key + (ulong)i) >> 40) * (2f / (1 << 24))) - 1f;
        }
    }

    /// <summary>Adds <paramref name="amplitude"/> times one row of the field.</summary>
    public void AddRow(Span<float> row, int y, int x0, float amplitude)
    {
        float scale = _cells / _side;
        float v = Math.Clamp((y + 0.5f - _top) * scale, 0f, _rows - 1.001f);
        int j = (int)v;
        float fy = v - j;
        fy = fy * fy * (3f - (2f * fy));
        ReadOnlySpan<float> above = _lattice.AsSpan(j * _columns, _columns);
        ReadOnlySpan<float> below = _lattice.AsSpan((j + 1) * _columns, _columns);
        int cell = -1;
        float left = 0f;
        float rise = 0f;
        float u = (x0 + 0.5f - _left) * scale;
        for (int i = 0; i < row.Length; i++, u += scale)
        {
            float clamped = Math.Clamp(u, 0f, _columns - 1.001f);
            int c = (int)clamped;
            if (c != cell)
            {
                cell = c;
                left = above[c] + ((below[c] - above[c]) * fy);
                rise = above[c + 1] + ((below[c + 1] - above[c + 1]) * fy) - left;
            }

            float fx = clamped - c;
            row[i] += amplitude * (left + (rise * fx * fx * (3f - (2f * fx))));
        }
    }
}
