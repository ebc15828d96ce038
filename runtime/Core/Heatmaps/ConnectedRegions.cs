using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Core.Heatmaps;

/// <summary>
/// Connected components of the pixels above a threshold, by runs of rows and union-find: one pass, memory proportional to the runs.
/// </summary>
internal static class ConnectedRegions
{
    public static IReadOnlyList<HeatmapRegion> Find(ReadOnlySpan<float> map, ImageSize size, float threshold)
    {
        List<Run> runs = [];
        List<int> parents = [];
        int previousStart = 0;
        for (int y = 0; y < size.Height; y++)
        {
            int currentStart = runs.Count;
            AddRuns(map.Slice(y * size.Width, size.Width), y, threshold, runs, parents);
            // Both rows' runs are ordered by column: walk them together and join those that touch, diagonals included.
            int above = previousStart;
            int here = currentStart;
            while (above < currentStart && here < runs.Count)
            {
                if (runs[above].Right + 1 > runs[here].Left && runs[here].Right + 1 > runs[above].Left)
                {
                    Join(parents, above, here);
                }

                if (runs[above].Right < runs[here].Right)
                {
                    above++;
                }
                else
                {
                    here++;
                }
            }

            previousStart = currentStart;
        }

        Dictionary<int, Region> regions = [];
        for (int i = 0; i < runs.Count; i++)
        {
            int root = Root(parents, i);
            if (!regions.TryGetValue(root, out Region? region))
            {
                regions.Add(root, region = new Region());
            }

            region.Add(runs[i]);
        }

        return
        [
            .. regions
                .OrderByDescending(pair => pair.Value.PixelCount)
                .ThenByDescending(pair => pair.Value.Maximum)
                .ThenBy(pair => pair.Key)
                .Select(pair => pair.Value.ToHeatmapRegion()),
        ];
    }

    private static void AddRuns(ReadOnlySpan<float> row, int y, float threshold, List<Run> runs, List<int> parents)
    {
        int x = 0;
        while (x < row.Length)
        {
            if (!(row[x] > threshold))
            {
                x++;
                continue;
            }

            int left = x;
            float maximum = row[x];
            while (x < row.Length && row[x] > threshold)
            {
                maximum = Math.Max(maximum, row[x++]);
            }

            parents.Add(runs.Count);
            runs.Add(new Run(y, left, x, maximum));
        }
    }

    private static int Root(List<int> parents, int index)
    {
        while (parents[index] != index)
        {
            parents[index] = parents[parents[index]];
            index = parents[index];
        }

        return index;
    }

    /// <summary>The smaller index becomes the root, so that roots are in reading order.</summary>
    private static void Join(List<int> parents, int first, int second)
    {
        int a = Root(parents, first);
        int b = Root(parents, second);
        parents[Math.Max(a, b)] = Math.Min(a, b);
    }

    /// <summary>Pixels [Left, Right) of a row.</summary>
    private readonly record struct Run(int Row, int Left, int Right, float Maximum);

    private sealed class Region
    {
        private int _left = int.MaxValue;
        private int _top = int.MaxValue;
        private int _right;
        private int _bottom;

        public int PixelCount { get; private set; }

        public float Maximum { get; private set; } = float.NegativeInfinity;

        public void Add(Run run)
        {
            _left = Math.Min(_left, run.Left);
            _top = Math.Min(_top, run.Row);
            _right = Math.Max(_right, run.Right);
            _bottom = Math.Max(_bottom, run.Row + 1);
            PixelCount += run.Right - run.Left;
            Maximum = Math.Max(Maximum, run.Maximum);
        }

        public HeatmapRegion ToHeatmapRegion() => new(PixelBox.FromEdges(_left, _top, _right, _bottom), PixelCount, Maximum);
    }
}
