using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding;

/// <summary>Presets other than exact, on a tiny random model: 10 inference steps, window [4, 6).</summary>
[Trait("Category", "slow")]
public class PresetTests
{
    private static readonly Lazy<GroundingModel> Model = new(() =>
        GroundingModel.Load(Bundle.Open(TinyModelBundle.Bundle), GroundingPipelineReferenceTests.Options)
    );

    [Theory]
    [InlineData("exact", 5, 2)]
    [InlineData("fast", 4, 1)]
    [InlineData("turbo", 0, 1)]
    public void Ground_Preset_CountsItsEvaluations(string preset, int trajectoryEvaluations, int attentionEvaluations)
    {
        using Bundle bundle = Bundle.Open(TinyModelBundle.Bundle);
        using GroundingModel model = GroundingModel.Load(bundle, GroundingPipelineReferenceTests.Options);
        GroundingPipeline grounder = new(model, new GroundingOptions { Preset = preset });
        using ImageTrajectory trajectory = grounder.Invert(Image(32, 60), cancellationToken: GroundingPipelineReferenceTests.Cancellation);
        IReadOnlyList<PhraseGrounding> results = grounder.Ground(
            trajectory,
            ["left lower pneumonia", "cardiomegaly"],
            cancellationToken: GroundingPipelineReferenceTests.Cancellation
        );
        Assert.Equal((trajectoryEvaluations, 2 * attentionEvaluations), (model.DenoiserEvaluations, model.AttentionEvaluations));
        foreach (PhraseGrounding result in results)
        {
            Assert.Equal(
                (preset, trajectoryEvaluations, attentionEvaluations),
                (result.Provenance.Preset, result.Provenance.TrajectoryEvaluations, result.Provenance.AttentionEvaluations)
            );
            Assert.Equal((0, 1), (result.ModelHeatmap.Values.Min(), result.ModelHeatmap.Values.Max()));
        }
    }

    [Fact]
    public void Invert_Noising_AddsTheSeedsNoiseToTheCleanLatents()
    {
        GroundingModel model = Model.Value;
        float[] image = [.. Enumerable.Range(0, 32 * 32).Select(i => i % 32 / 31f)];
        using ImageTrajectory trajectory = new GroundingPipeline(model, new GroundingOptions { Preset = "turbo" }).Invert(
            image,
            GridSize.Square(32),
            new float[77 * 16],
            cancellationToken: GroundingPipelineReferenceTests.Cancellation
        );
        float[] clean = model.EncodeImage(image, GridSize.Square(32), GroundingPipelineReferenceTests.Cancellation).Floats!;
        float[] noise = new float[clean.Length];
        SeededNoise.Fill(model.Manifest.Presets["turbo"].Seed!.Value, model.Timesteps[4], noise);
        double alphaBar = model.Schedule.AlphaBar(499);
        Assert.Equal(499, model.Timesteps[4]);
        for (int i = 0; i < clean.Length; i++)
        {
            Assert.Equal((Math.Sqrt(alphaBar) * clean[i]) + (Math.Sqrt(1 - alphaBar) * noise[i]), trajectory.Latents(4)[i], 1e-5);
        }
    }

    [Theory]
    [InlineData(BundleTrajectory.DpmSolver)]
    [InlineData(BundleTrajectory.DpmSolverPlusPlus)]
    public void Invert_SolverWithMoreEvaluations_ApproachesALimit(string trajectory)
    {
        using Bundle bundle = WithPresets(
            new()
            {
                ["a"] = 6,
                ["b"] = 24,
                ["limit"] = 200,
            },
            trajectory
        );
        using GroundingModel model = GroundingModel.Load(bundle, GroundingPipelineReferenceTests.Options);
        float[] image = [.. Enumerable.Range(0, 32 * 32).Select(i => i % 32 / 31f)];
        float[] Latents(string preset)
        {
            using ImageTrajectory found = new GroundingPipeline(model, new GroundingOptions { Preset = preset }).Invert(
                image,
                GridSize.Square(32),
                new float[77 * 16],
                cancellationToken: GroundingPipelineReferenceTests.Cancellation
            );
            // The first step of the window: how finely it is reached is what the number of evaluations decides.
            return found.Latents(4).ToArray();
        }

        float[] limit = Latents("limit");
        double coarse = Distance(Latents("a"), limit);
        double fine = Distance(Latents("b"), limit);
        Assert.True(fine < coarse / 3 && fine < 0.02, $"6 evaluations: {coarse}, 24: {fine}");
    }

    [Fact]
    public void Ground_TrajectoryOfAnotherPreset_Throws()
    {
        using ImageTrajectory turbo = new GroundingPipeline(Model.Value, new GroundingOptions { Preset = "turbo" }).Invert(
            Image(32, 32),
            cancellationToken: GroundingPipelineReferenceTests.Cancellation
        );
        InputException error = Assert.Throws<InputException>(() =>
            new GroundingPipeline(Model.Value, new GroundingOptions { Preset = "fast" }).Ground(
                turbo,
                ["edema"],
                cancellationToken: GroundingPipelineReferenceTests.Cancellation
            )
        );
        Assert.Contains("preset turbo", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Grounder_PresetThatCannotBePlaced_NamesThePreset()
    {
        using Bundle bundle = WithPresets(new() { ["odd"] = 1 }, BundleTrajectory.DpmSolver);
        using GroundingModel model = GroundingModel.Load(bundle, GroundingPipelineReferenceTests.Options);
        string message = Assert
            .ThrowsAny<CxrOnnxException>(() => new GroundingPipeline(model, new GroundingOptions { Preset = "odd" }))
            .Message;
        Assert.Contains("preset odd: 1 evaluations", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Grounder_UnknownPreset_ListsThoseThereAre()
    {
        string message = Assert
            .Throws<InputException>(() => new GroundingPipeline(Model.Value, new GroundingOptions { Preset = "warp" }))
            .Message;
        Assert.Contains("exact, fast, turbo", message, StringComparison.Ordinal);
    }

    private static Bundle WithPresets(Dictionary<string, int> evaluations, string trajectory)
    {
        string folder = ReferenceModel.Copy(TinyModelBundle.Bundle);
        ReferenceModel.Seal(
            folder,
            manifest =>
                manifest with
                {
                    Vocabulary = manifest.Vocabulary with { Kind = "none" },
                    Presets = evaluations
                        .Select(entry =>
                            KeyValuePair.Create(entry.Key, new BundlePreset("For a test.", [4, 6], 1, trajectory, entry.Value))
                        )
                        .Append(KeyValuePair.Create("exact", manifest.Presets["exact"]))
                        .ToDictionary(),
                }
        );
        return Bundle.Open(folder);
    }

    private static double Distance(float[] left, float[] right) =>
        Math.Sqrt(left.Zip(right, (a, b) => (double)(a - b) * (a - b)).Sum() / right.Sum(value => (double)value * value));

    private static GrayImage Image(int width, int height) =>
        new(width, height, [.. Enumerable.Range(0, width * height).Select(i => ((i % width) + (2 * (i / width))) % 97 / 96f)]);
}
