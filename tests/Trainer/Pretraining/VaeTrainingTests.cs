using CxrOnnx.Tests;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Pretraining;
using CxrOnnx.Trainer.Settings;
using Xunit;

#pragma warning disable xUnit1051 // seconds-long runs

namespace CxrOnnx.Trainer.Tests.Pretraining;

[Trait("Category", "slow")]
public sealed class VaeTrainingTests
{
    private static readonly VaeTrainingSettings Settings = new()
    {
        BatchSize = 4,
        CropSize = 8,
        WholeImageSteps = 20,
        LogEvery = 10,
        CheckpointEvery = 1000,
        LearningRate = new()
        {
            Peak = 5e-3,
            WarmUpSteps = 5,
            TotalSteps = 60,
            DecayStart = 1,
        },
    };

    [Fact]
    public void Run_OnRamps_ErrorFallsAndLatentScaleIsMeasured()
    {
        using TemporaryFolder folder = ToyModel.Folder();
        RadiographCache.Write(folder.File("data"), 16, "ramps", Enumerable.Range(0, 12).Select(Ramp));
        using RadiographCache data = RadiographCache.Open(folder.File("data"));
        using VaeTraining training = new(ToyModel.Configuration.Vae, Settings, data);
        List<double> errors = [];
        training.Run(folder.Path, progress => errors.Add(progress.Values.Single(value => value.Key == "l1").Value));
        Assert.True(errors[^1] < 0.7 * errors[0], $"absolute error went from {errors[0]} to {errors[^1]}");
        Assert.InRange(training.MeasureLatentSpread(), 0.01, 100);
        Assert.True(File.Exists(folder.File("autoencoder.safetensors")));
        Assert.True(File.Exists(folder.File("vae-reconstructions.png")));
        Assert.Equal(1 + 6, File.ReadAllLines(folder.File("vae.csv")).Length);
    }

    [Fact]
    public void Run_FinishedButItsCheckpointIsGone_WritesTheSameAgain()
    {
        using TemporaryFolder folder = ToyModel.Folder();
        RadiographCache.Write(folder.File("data"), 16, "ramps", Enumerable.Range(0, 12).Select(Ramp));
        using RadiographCache data = RadiographCache.Open(folder.File("data"));
        VaeTrainingSettings brief = Settings with { LearningRate = Settings.LearningRate with { TotalSteps = 4 } };
        using (VaeTraining training = new(ToyModel.Configuration.Vae, brief, data))
        {
            training.Run(folder.Path);
        }

        byte[] first = File.ReadAllBytes(folder.File("autoencoder.safetensors"));
        File.Delete(folder.File("autoencoder.safetensors"));

        using VaeTraining again = new(ToyModel.Configuration.Vae, brief, data);
        again.Run(folder.Path);

        Assert.Equal(first, File.ReadAllBytes(folder.File("autoencoder.safetensors")));
    }

    private static (float[] Pixels, TrainingRecord Record) Ramp(int index) =>
        (
            [.. Enumerable.Range(0, 256).Select(i => ((i % 16) + (index % 4 * (i / 16))) / 64f)],
            new TrainingRecord { Index = index, Findings = [] }
        );
}
