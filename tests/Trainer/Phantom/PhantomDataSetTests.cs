using System.Globalization;
using System.Text.Json;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Phantom;
using Xunit;

namespace CxrOnnx.Trainer.Tests.Phantom;

[Trait("Category", "slow")]
public sealed class PhantomDataSetTests : IDisposable
{
    private const int Count = 70;
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "cxronnx-phantom-" + Guid.NewGuid().ToString("N"));
    private readonly PhantomGenerator _generator = new(PhantomSettings.HospitalB with { Width = 40, Height = 48, Seed = 9 });

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Fact]
    public void Write_TwoBatches_MatchesTheGeneratorInEveryFile()
    {
        PhantomDataSet.Write(
            _generator,
            _folder,
            1000,
            Count,
            image => [(byte)image.Width, (byte)image.Height],
            threads: 2,
            cancellation: TestContext.Current.CancellationToken
        );
        string[][] boxes = Rows("ms-cxr.csv");
        string[][] vinDr = Rows("vindr-cxr.csv");
        string[][] zones = Rows("chest-imagenome.csv");
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "findings.json")));
        JsonElement samples = json.RootElement.GetProperty("samples");
        Assert.Equal(Count, samples.GetArrayLength());
        Assert.Equal(Count, Rows("image-sizes.csv").Length);
        Assert.Equal(13 * Count, zones.Length);
        int row = 0;
        for (int i = 0; i < Count; i++)
        {
            PhantomSample sample = _generator.Generate(1000 + i);
            string id = string.Create(CultureInfo.InvariantCulture, $"hospital-b-9-{1000 + i:D7}");
            Assert.Equal<byte>([40, 48], File.ReadAllBytes(Path.Combine(_folder, "images", id + ".png")));
            Assert.Equal(sample.Report, File.ReadAllText(Path.Combine(_folder, "reports", id + ".txt")));
            Assert.Equal(sample.Findings.Count, samples[i].GetProperty("findings").GetArrayLength());
            foreach (PhantomFinding finding in sample.Findings)
            {
                foreach (var box in finding.Boxes)
                {
                    Assert.Equal(id, boxes[row][0]);
                    Assert.Equal(finding.Pathology, boxes[row][1], ignoreCase: true);
                    Assert.Equal(finding.Prompt, boxes[row][2]);
                    Assert.Equal(new[] { box.X, box.Y, box.Width, box.Height, 40, 48 }, Numbers(boxes[row][4..]));
                    Assert.Equal(new[] { box.X, box.Y, box.Right, box.Bottom }, Numbers(vinDr[row][2..]));
                    row++;
                }
            }
        }

        Assert.Equal(row, boxes.Length);
        Assert.Equal(row, vinDr.Length);
        string[] offPrior = File.ReadAllLines(Path.Combine(_folder, "ms-cxr-off-prior.csv"));
        Assert.Equal(File.ReadLines(Path.Combine(_folder, "ms-cxr.csv")).First(), offPrior[0]);
        Assert.All(offPrior, line => Assert.Contains(line, File.ReadAllLines(Path.Combine(_folder, "ms-cxr.csv"))));
        Assert.InRange(offPrior.Length - 1, 1, boxes.Length - 1);
        Assert.Equal(Count, RadGraphReport.Parse(File.ReadAllText(Path.Combine(_folder, "radgraph.json")), "radgraph.json").Count);
    }

    [Fact]
    public void Write_ZoneBoxes_StandInTheGoldFilesTwoGrids()
    {
        PhantomDataSet.Write(_generator, _folder, 0, 1, _ => [], cancellation: TestContext.Current.CancellationToken);
        foreach (string[] row in Rows("chest-imagenome.csv"))
        {
            double[] scaled = Numbers(row[1..7]);
            double[] original = Numbers(row[8..14]);
            // 48 rows fill the 224 square; 40 columns are padded by half of the difference on either side. Two decimals are written.
            const double Ratio = 224.0 / 48;
            Assert.Equal(original[0] * Ratio, scaled[0] - (4 * Ratio), 0.05);
            Assert.Equal(original[1] * Ratio, scaled[1], 0.05);
            Assert.Equal(original[2] - original[0], original[4], 0.02);
            Assert.Equal(original[3] - original[1], original[5], 0.02);
        }
    }

    [Fact]
    public void Write_Cancelled_LeavesNoAnnotationFile()
    {
        using CancellationTokenSource cancellation = new();
        Assert.ThrowsAny<OperationCanceledException>(() =>
            PhantomDataSet.Write(_generator, _folder, 0, Count, _ => [], 1, new CancelAfterFirst(cancellation), cancellation.Token)
        );
        Assert.False(File.Exists(Path.Combine(_folder, "ms-cxr.csv")));
    }

    private static double[] Numbers(string[] cells) => [.. cells.Select(cell => double.Parse(cell, CultureInfo.InvariantCulture))];

    private string[][] Rows(string file) => [.. File.ReadAllLines(Path.Combine(_folder, file)).Skip(1).Select(line => line.Split(','))];

    private sealed class CancelAfterFirst(CancellationTokenSource source) : IProgress<int>
    {
        public void Report(int value) => source.Cancel();
    }
}
