using System.Runtime.InteropServices;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Attention;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding;

[Trait("Category", "slow")]
public class GroundingPipelineTests
{
    private static readonly GridSize Image = GridSize.Square(192);

    [Fact]
    public void Invert_Cancelled_StopsAndThrows()
    {
        using Bundle bundle = Bundle.Open(ReferenceBundles.Tuned);
        using GroundingModel model = GroundingModel.Load(bundle, GroundingPipelineReferenceTests.Options);
        using CancellationTokenSource source = new();
        Stopper stopper = new(source, new GroundingProgress(GroundingStage.Invert, 3, 59));
        Assert.ThrowsAny<OperationCanceledException>(() =>
            new GroundingPipeline(model).Invert(new float[192 * 192], Image, new float[77 * 64], stopper, source.Token)
        );
        Assert.Equal(3, model.DenoiserEvaluations);
    }

    [Fact]
    public void Invert_SameImageTwice_GivesTheSameHash()
    {
        GroundingModel model = ReferenceModel.Tuned;
        GroundingPipeline grounder = new(model);
        float[] image = [.. Enumerable.Range(0, 192 * 192).Select(i => i % 192 / 191f)];
        string first = grounder
            .Invert(image, Image, new float[77 * 64], cancellationToken: GroundingPipelineReferenceTests.Cancellation)
            .Sha256;
        string second = grounder
            .Invert(image, Image, new float[77 * 64], cancellationToken: GroundingPipelineReferenceTests.Cancellation)
            .Sha256;
        image[0] = 1;
        string other = grounder
            .Invert(image, Image, new float[77 * 64], cancellationToken: GroundingPipelineReferenceTests.Cancellation)
            .Sha256;
        Assert.Equal(first, second);
        Assert.NotEqual(first, other);
        Assert.Equal(64, first.Length);
    }

    [Fact]
    public void Invert_NonSquareModelImage_GivesNonSquareMaps()
    {
        GroundingModel model = ReferenceModel.Tuned;
        using SafetensorsFile reference = SafetensorsFile.Open(Fixtures.Path("e2e/e2e.safetensors"));
        GroundingPipeline grounder = new(model);
        GridSize size = new(96, 160);
        float[] image = [.. Enumerable.Range(0, size.CellCount).Select(i => i % 160 / 159f)];
        using ImageTrajectory trajectory = grounder.Invert(
            image,
            size,
            reference.ReadFloat32("context_0"),
            cancellationToken: GroundingPipelineReferenceTests.Cancellation
        );
        Assert.Equal(new GridSize(12, 20), trajectory.LatentGrid);
        PromptMap map = grounder.Ground(
            trajectory,
            [GroundingPipelineReferenceTests.Prompt(reference, 1, 3)],
            cancellationToken: GroundingPipelineReferenceTests.Cancellation
        )[0];
        Assert.Equal(size, map.Heatmap.Grid);
        Assert.Equal((0, 1), (map.Heatmap.Values.Min(), map.Heatmap.Values.Max()));
    }

    [Fact]
    public void Invert_BlackImage_Warns()
    {
        GroundingModel model = ReferenceModel.Tuned;
        using ImageTrajectory trajectory = new GroundingPipeline(model).Invert(
            new GrayImage(5, 3, new float[15]),
            cancellationToken: GroundingPipelineReferenceTests.Cancellation
        );
        Assert.Equal(["the image has the same gray value everywhere: there is nothing to locate in it"], trajectory.Warnings);
        Assert.Equal(new ImageSize(5, 3), trajectory.Transform!.Original);
    }

    [Fact]
    public void Invert_SizeThatDoesNotHalve_Throws()
    {
        GroundingModel model = ReferenceModel.Tuned;
        InputException error = Assert.Throws<InputException>(() =>
            new GroundingPipeline(model).Invert(
                new float[100 * 160],
                new GridSize(100, 160),
                new float[77 * 64],
                cancellationToken: GroundingPipelineReferenceTests.Cancellation
            )
        );
        Assert.Contains("multiples of 32", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ground_DisposedTrajectory_Throws()
    {
        GroundingModel model = ReferenceModel.Tuned;
        GroundingPipeline grounder = new(model);
        ImageTrajectory trajectory = grounder.Invert(
            new float[192 * 192],
            Image,
            new float[77 * 64],
            cancellationToken: GroundingPipelineReferenceTests.Cancellation
        );
        trajectory.Dispose();
        Assert.Throws<ObjectDisposedException>(() =>
            grounder.Ground(
                trajectory,
                [new PromptContext(new float[77 * 64], [1])],
                cancellationToken: GroundingPipelineReferenceTests.Cancellation
            )
        );
    }

    [Fact]
    public void Ground_TrajectoryOfAnotherBundle_Throws()
    {
        GroundingModel first = ReferenceModel.Tuned;
        using Bundle frozen = Bundle.Open(ReferenceBundles.Frozen);
        using GroundingModel second = GroundingModel.Load(frozen, GroundingPipelineReferenceTests.Options);
        using ImageTrajectory trajectory = new GroundingPipeline(first).Invert(
            new float[192 * 192],
            Image,
            new float[77 * 64],
            cancellationToken: GroundingPipelineReferenceTests.Cancellation
        );
        InputException error = Assert.Throws<InputException>(() =>
            new GroundingPipeline(second).Ground(
                trajectory,
                [new PromptContext(new float[77 * 64], [1])],
                cancellationToken: GroundingPipelineReferenceTests.Cancellation
            )
        );
        Assert.Contains(first.Manifest.Id, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ground_TextWithoutTokenizer_SaysSo()
    {
        GroundingModel model = ReferenceModel.Tuned;
        GroundingPipeline grounder = new(model);
        using ImageTrajectory trajectory = grounder.Invert(
            new GrayImage(5, 3, new float[15]),
            cancellationToken: GroundingPipelineReferenceTests.Cancellation
        );
        InputException error = Assert.Throws<InputException>(() =>
            grounder.Ground(trajectory, ["left lower pneumonia"], cancellationToken: GroundingPipelineReferenceTests.Cancellation)
        );
        Assert.Contains("has no tokenizer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_UnknownPreset_NamesTheKnownOnes()
    {
        GroundingModel model = ReferenceModel.Tuned;
        InputException error = Assert.Throws<InputException>(() => new GroundingPipeline(model, new GroundingOptions { Preset = "warp" }));
        Assert.Contains("exact", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Invert_DamagedWeights_NamesTheGraph()
    {
        string folder = ReferenceModel.Copy(ReferenceBundles.Tuned);
        string weights = Path.Combine(folder, "weights.safetensors");
        long offset;
        using (SafetensorsFile file = SafetensorsFile.Open(weights))
        {
            offset = file.OffsetOf(file.Tensors.Keys.First(key => key.StartsWith("unet.out.", StringComparison.Ordinal)));
        }

        using (FileStream stream = File.OpenWrite(weights))
        {
            stream.Position = offset;
            stream.Write(MemoryMarshal.AsBytes<float>([float.NaN]));
        }

        ReferenceModel.Seal(folder, manifest => manifest);
        using Bundle bundle = Bundle.Open(folder);
        using GroundingModel model = GroundingModel.Load(bundle, GroundingPipelineReferenceTests.Options);
        ArtifactException error = Assert.Throws<ArtifactException>(() =>
            new GroundingPipeline(model).Invert(
                new float[192 * 192],
                Image,
                new float[77 * 64],
                cancellationToken: GroundingPipelineReferenceTests.Cancellation
            )
        );
        Assert.StartsWith("denoiser: the U-Net's output at step 0 (t = 9) contains NaN", error.Message, StringComparison.Ordinal);
    }

    private sealed class Stopper(CancellationTokenSource source, GroundingProgress at) : IProgress<GroundingProgress>
    {
        public void Report(GroundingProgress value)
        {
            if (value == at)
            {
                source.Cancel();
            }
        }
    }
}
