using System.Diagnostics;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Grounding.Attention;
using CxrOnnx.Grounding.Prompts;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding;

[Trait("Category", "slow")]
public class ZzPost
{
    [Theory]
    [InlineData(512, 16, 4)]
    [InlineData(128, 16, 1)]
    public void Measure(int image, int side, int layers)
    {
        Random random = new(1);
        GridSize grid = GridSize.Square(side);
        float[] attention = [.. Enumerable.Range(0, grid.CellCount * 77).Select(_ => (float)random.NextDouble())];
        float[] mean = attention[..grid.CellCount];
        HeatmapPostprocessor finish = new(2.5, false);
        ImageTransform transform = new(new ImageSize(2544, 3056), image);
        List<string> lines = [];
        for (int round = 0; round < 6; round++)
        {
            PromptSums[] sums =
            [
                .. Enumerable
                    .Range(0, 5)
                    .Select(_ => new PromptSums(new PromptContext(new float[77], [1, 2, 3, 4]), GridSize.Square(image), false)),
            ];
            PromptSums[] device =
            [
                .. Enumerable
                    .Range(0, 5)
                    .Select(_ => new PromptSums(new PromptContext(new float[77], [1, 2, 3, 4]), GridSize.Square(image), false)),
            ];
            Stopwatch watch = Stopwatch.StartNew();
            foreach (PromptSums sum in sums)
                for (int i = 0; i < 20 * layers; i++)
                    sum.Add(attention, grid);
            double host = watch.Elapsed.TotalMilliseconds;
            watch.Restart();
            foreach (PromptSums sum in device)
                for (int i = 0; i < 20 * layers; i++)
                    sum.AddMeans(mean, grid);
            double means = watch.Elapsed.TotalMilliseconds;
            watch.Restart();
            PromptMap[] maps = [.. device.Select(sum => sum.Finish(finish))];
            double finished = watch.Elapsed.TotalMilliseconds;
            watch.Restart();
            Heatmap[] heatmaps = [.. maps.Select(map => map.Heatmap.ToOriginal(transform))];
            double original = watch.Elapsed.TotalMilliseconds;
            watch.Restart();
            foreach (Heatmap h in heatmaps)
            {
                _ = h.Regions(0.5);
                _ = h.Peak();
            }
            double regions = watch.Elapsed.TotalMilliseconds;
            lines.Add(
                FormattableString.Invariant(
                    $"{image}: host add {host:F2}, means {means:F2}, finish {finished:F2}, original {original:F2}, regions {regions:F2} ms for five phrases"
                )
            );
        }
        File.AppendAllLines("/tmp/wtg-post.txt", lines);
    }
}
