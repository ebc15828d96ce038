using CxrOnnx.Core.Bundles;
using CxrOnnx.Exporter;
using CxrOnnx.Exporter.Dialects;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding;

/// <summary>
/// The shipped, trained model in half precision, its fused operators expanded on the CPU: what rounding alone does to heatmaps. The kernels
/// of a GPU sum in another order, and are not tested here.
/// </summary>
[Trait("Category", "slow")]
public class TrainedHalfPrecisionTests
{
    [Fact]
    public void Ground_ShippedSample_CorrelatesWithSinglePrecision()
    {
        LongTest.SkipUnlessAsked();
        string models = Path.Combine(Fixtures.Repository, "models");
        string folder = Path.Combine(TestRunFolder.Create(), "bundle");
        CudaBundle.Add(Path.Combine(models, "cxr-phantom"), folder, force: false, null, (new CudaDialect(fused: false), "cpu"));
        using Bundle bundle = Bundle.Open(folder);
        using GroundingModel half = Load(bundle, MathPrecision.Fp16);
        using GroundingModel single = Load(bundle, MathPrecision.Fp32);
        Radiograph radiograph = RadiographReader.Read(Path.Combine(models, "samples", "left-lower-pneumonia.png"));
        float[] want = Ground(single, radiograph);
        float[] got = Ground(half, radiograph);
        double correlation = Correlation(want, got);
        double worst = want.Zip(got, (a, b) => (double)Math.Abs(a - b)).Max();
        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant($"correlation {correlation:F6}, max abs {worst:E2}"));
        Assert.InRange(correlation, 0.999, 1 - 1e-12);
        Assert.InRange(worst, 1e-9, GraphTolerances.Half[GraphTolerances.Heatmap]);
    }

    private static GroundingModel Load(Bundle bundle, MathPrecision math) =>
        GroundingModel.Load(bundle, new GroundingModelOptions { Provider = ExecutionProvider.Cpu, Math = math });

    private static float[] Ground(GroundingModel model, Radiograph radiograph)
    {
        GroundingPipeline pipeline = new(model, new GroundingOptions { Confidence = false });
        using ImageTrajectory trajectory = pipeline.Invert(radiograph.Image, null, TestContext.Current.CancellationToken);
        return
        [
            .. pipeline.Ground(trajectory, ["left lower pneumonia"], null, TestContext.Current.CancellationToken)[0].ModelHeatmap.Values,
        ];
    }

    private static double Correlation(float[] a, float[] b)
    {
        double meanA = a.Average();
        double meanB = b.Average();
        double product = a.Zip(b, (x, y) => (x - meanA) * (y - meanB)).Sum();
        return product / Math.Sqrt(a.Sum(x => (x - meanA) * (x - meanA)) * b.Sum(y => (y - meanB) * (y - meanB)));
    }
}
