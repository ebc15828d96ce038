using CxrOnnx.Core.Atlas;
using CxrOnnx.Tests;
using CxrOnnx.Trainer.Diffusion;
using CxrOnnx.Trainer.PromptTuning;
using CxrOnnx.Trainer.Settings;
using CxrOnnx.Trainer.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

#pragma warning disable xUnit1051 // seconds-long runs; stopping them is one of the things tested

namespace CxrOnnx.Trainer.Tests.PromptTuning;

[Trait("Category", "slow")]
public sealed class PromptTuningRunTests
{
    private static readonly long[] Learnable = [.. new[] { "left", "right", "upper", "lower" }.Select(ToyModel.IdOf).Order()];

    private static readonly PromptTuningSettings Settings = new()
    {
        StepRange = [3, 6],
        LearningRate = new()
        {
            Peak = 1e-2,
            WarmUpSteps = 1,
            TotalSteps = 6,
            DecayStart = 1,
        },
        LogEvery = 1,
        CheckpointEvery = 100,
        IgnoredTokenIds = [ToyModel.IdOf("and")],
    };

    [Fact]
    public void Run_ChangesOnlyLocationRows()
    {
        using TemporaryFolder folder = ToyModel.Folder();
        using LatentDiffusionModel model = ToyModel.Create();
        Dictionary<string, float[]> before = Values(model);
        using PromptTuningRun run = Create(model, folder.Path);
        run.Run(folder.Path);
        run.Apply();
        Dictionary<string, float[]> after = Values(model);

        const string Table = "text.text_model.embeddings.token_embedding.weight";
        Assert.All(before.Keys.Where(name => name != Table), name => Assert.Equal(before[name], after[name]));
        int width = ToyModel.Configuration.TextEncoder.HiddenSize;
        long[] learned = model.Vocabulary.Rows(Learnable);
        for (int row = 0; row < model.Vocabulary.Ids.Count; row++)
        {
            bool same = before[Table].AsSpan(row * width, width).SequenceEqual(after[Table].AsSpan(row * width, width));
            Assert.Equal(!learned.Contains(row), same);
        }
    }

    [Fact]
    public void Run_SameSeed_GivesTheSameRows() => Assert.Equal(TunedRows(), TunedRows());

    [Fact]
    public void Run_OtherSeed_GivesOtherRows() => Assert.NotEqual(TunedRows(), TunedRows(Settings with { Seed = 9 }));

    [Fact]
    public void Run_InterruptedAndResumed_EqualsUninterruptedRun()
    {
        using TemporaryFolder folder = ToyModel.Folder();
        using LatentDiffusionModel model = ToyModel.Create();
        using (PromptTuningRun first = Create(model, folder.Path))
        using (CancellationTokenSource source = new())
        {
            first.Run(
                folder.Path,
                progress =>
                {
                    if (progress.Step == 2)
                    {
                        source.Cancel();
                    }
                },
                cancellationToken: source.Token
            );
            Assert.Equal(2, first.Step);
        }

        using PromptTuningRun second = Create(model, folder.Path);
        second.Run(folder.Path);
        Assert.Equal(TunedRows(), second.Rows.Weight.data<float>().ToArray());
    }

    [Fact]
    public void Run_KilledAndResumed_GivesTheSameCurveAndBestRows()
    {
        PromptTuningSettings settings = Settings with
        {
            LearningRate = Settings.LearningRate with { TotalSteps = 9 },
            LogEvery = 4,
            ValidateEvery = 3,
            Patience = 50,
            CheckpointEvery = 2,
        };
        using TemporaryFolder whole = ToyModel.Folder(),
            broken = ToyModel.Folder();
        using LatentDiffusionModel model = ToyModel.Create();
        using PromptTuningRun uninterrupted = Create(model, whole.Path, settings);
        uninterrupted.Run(whole.Path);

        // Killed: nothing of the steps after the last checkpoint is left, neither in the state nor in the sums of the next line.
        using (PromptTuningRun first = Create(model, broken.Path, settings))
        {
            Assert.Throws<InvalidOperationException>(() =>
                first.Run(
                    broken.Path,
                    checkpointed: step =>
                    {
                        if (step == 6)
                        {
                            throw new InvalidOperationException("killed");
                        }
                    }
                )
            );
        }

        using PromptTuningRun second = Create(model, broken.Path, settings);
        second.Run(broken.Path);

        Assert.Equal(Curve(whole), Curve(broken));
        Assert.Equal(uninterrupted.KeptStep, second.KeptStep);
        Assert.Equal(uninterrupted.Rows.Weight.data<float>().ToArray(), second.Rows.Weight.data<float>().ToArray());
    }

    [Fact]
    public void Run_ValidationLossRises_StopsAndKeepsTheBestRows()
    {
        // Validation wants the opposite corner, so that what training gains validation loses.
        PromptTuningSettings settings = Settings with
        {
            LearningRate = Settings.LearningRate with { TotalSteps = 200, Peak = 3e-2 },
            Loss = new() { DivergenceWeight = 0, Alpha = 1 },
            Jitter = 0,
            LogEvery = 50,
            ValidateEvery = 1,
            Patience = 3,
        };
        using TemporaryFolder folder = ToyModel.Folder();
        using LatentDiffusionModel model = ToyModel.Create();
        using PromptTuningRun run = Create(model, folder.Path, settings, mirrored: true);
        List<(long Step, double Loss)> losses = [];
        run.Run(
            folder.Path,
            progress =>
                losses.AddRange(
                    progress.Values.Where(value => value.Key == "validation_total").Select(value => (progress.Step, value.Value))
                )
        );

        Assert.True(run.Step < 200, $"ran to step {run.Step}");
        Assert.Equal(losses.MinBy(loss => loss.Loss).Step, run.KeptStep);
        Assert.Equal(run.Step, run.KeptStep + 3);

        // A second call finds it finished and keeps the same rows.
        using PromptTuningRun again = Create(model, folder.Path, settings, mirrored: true);
        again.Run(folder.Path);
        Assert.Equal(run.KeptStep, again.KeptStep);
        Assert.Equal(run.Rows.Weight.data<float>().ToArray(), again.Rows.Weight.data<float>().ToArray());
    }

    [Fact]
    public void Run_LocationLoss_Falls()
    {
        using TemporaryFolder folder = ToyModel.Folder();
        using LatentDiffusionModel model = ToyModel.Create();
        List<double> losses = [];
        using PromptTuningRun run = Create(
            model,
            folder.Path,
            Settings with
            {
                Jitter = 0,
                Loss = new() { DivergenceWeight = 0, Alpha = 1 },
                LearningRate = Settings.LearningRate with { TotalSteps = 60, Peak = 3e-2 },
            }
        );
        run.Run(folder.Path, progress => losses.Add(progress.Values.Single(value => value.Key == "location").Value));
        Assert.True(losses[^10..].Average() < losses[..10].Average(), $"from {losses[..10].Average()} to {losses[^10..].Average()}");
    }

    [Fact]
    public void Run_ManySteps_KeepsNoTensors()
    {
        using TemporaryFolder folder = ToyModel.Folder();
        using LatentDiffusionModel model = ToyModel.Create();
        using PromptTuningRun run = Create(
            model,
            folder.Path,
            Settings with
            {
                ValidateEvery = 1,
                LearningRate = Settings.LearningRate with { TotalSteps = 20 },
            }
        );
        List<long> alive = [];
        run.Run(folder.Path, _ => alive.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount));
        Assert.Equal(alive[1], alive[^1]);
    }

    [Fact]
    public void TrajectoryCache_SecondCall_ReadsWhatTheFirstComputed()
    {
        using TemporaryFolder folder = ToyModel.Folder();
        using LatentDiffusionModel model = ToyModel.Create();
        using LatentDataSet data = ToyModel.Data(3);
        using Tensor direct = Trajectory.Invert(model, data.Latents, 10, 0, 6);
        using TrajectoryDiskCache cache = TrajectoryDiskCache.OpenOrCompute(folder.Path, model, data, 10, 3, 6, "toy");
        DateTime written = File.GetLastWriteTimeUtc(folder.File("trajectories.f32"));
        using TrajectoryDiskCache again = TrajectoryDiskCache.OpenOrCompute(folder.Path, model, data, 10, 3, 6, "toy");
        Assert.Equal(written, File.GetLastWriteTimeUtc(folder.File("trajectories.f32")));
        using Tensor states = again.States(2, [5, 3]);
        // Batched and single convolutions may sum in another order.
        Assert.True(states[0].allclose(direct[2, 5], rtol: 1e-5, atol: 1e-6));
        Assert.True(states[1].allclose(direct[2, 3], rtol: 1e-5, atol: 1e-6));
    }

    [Fact]
    public void TrajectoryCache_Interrupted_GoesOnWithTheSameBits()
    {
        using TemporaryFolder whole = ToyModel.Folder(),
            broken = ToyModel.Folder();
        using LatentDiffusionModel model = ToyModel.Create();
        using LatentDataSet data = ToyModel.Data(37);
        using TrajectoryDiskCache uninterrupted = TrajectoryDiskCache.OpenOrCompute(whole.Path, model, data, 10, 3, 6, "toy");
        using CancellationTokenSource source = new();
        Assert.Throws<OperationCanceledException>(() =>
            TrajectoryDiskCache.OpenOrCompute(
                broken.Path,
                model,
                data,
                10,
                3,
                6,
                "toy",
                _ => source.Cancel(),
                cancellationToken: source.Token
            )
        );
        Assert.False(File.Exists(broken.File("trajectories.json")));
        List<int> done = [];
        using TrajectoryDiskCache continued = TrajectoryDiskCache.OpenOrCompute(broken.Path, model, data, 10, 3, 6, "toy", done.Add);
        Assert.Equal([32, 37], done);
        Assert.Equal(File.ReadAllBytes(whole.File("trajectories.f32")), File.ReadAllBytes(broken.File("trajectories.f32")));
        Assert.Equal(2, Directory.GetFiles(broken.Path).Length);
    }

    private static string[] Curve(TemporaryFolder folder)
    {
        string[][] lines = [.. File.ReadAllLines(folder.File("tuning.csv")).Select(line => line.Split(','))];
        int memory = Array.IndexOf(lines[0], "memory_mb");
        return [.. lines.Select(line => string.Join(',', line.Where((_, column) => column != memory)))];
    }

    private static float[] TunedRows(PromptTuningSettings? settings = null)
    {
        using TemporaryFolder folder = ToyModel.Folder();
        using LatentDiffusionModel model = ToyModel.Create();
        using PromptTuningRun run = Create(model, folder.Path, settings);
        run.Run(folder.Path);
        return run.Rows.Weight.data<float>().ToArray();
    }

    private static PromptTuningRun Create(
        LatentDiffusionModel model,
        string folder,
        PromptTuningSettings? settings = null,
        bool mirrored = false
    )
    {
        using LatentDataSet data = ToyModel.Data(4);
        TrajectoryDiskCache cache = TrajectoryDiskCache.OpenOrCompute(Path.Combine(folder, "trajectories"), model, data, 10, 3, 6, "toy");
        TuningSample[] samples =
        [
            .. data.Records.Select(
                (record, image) => new TuningSample(image, record.Findings[0].Prompt, [Gaussian(record.Findings[0].Boxes[0])])
            ),
        ];
        TuningSample[] validation =
        [
            .. samples.Select(sample =>
                sample with
                {
                    Gaussians = [.. sample.Gaussians.Select(item => item with { MuX = 512 - item.MuX, MuY = 512 - item.MuY })],
                }
            ),
        ];
        return new PromptTuningRun(model, Learnable, settings ?? Settings, cache, samples, cache, mirrored ? validation : samples);
    }

    private static LocationGaussian Gaussian(double[] box) => new((box[0] + 4) * 32, (box[1] + 4) * 32, 64, 64);

    private static Dictionary<string, float[]> Values(LatentDiffusionModel model) =>
        model
            .UNet.state_dict()
            .Select(entry => ("unet." + entry.Key, entry.Value))
            .Concat(model.TextEncoder.state_dict().Select(entry => ("text." + entry.Key, entry.Value)))
            .ToDictionary(entry => entry.Item1, entry => entry.Value.detach().@float().reshape(-1).data<float>().ToArray());
}
