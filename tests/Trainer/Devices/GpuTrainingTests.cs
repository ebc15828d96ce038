using CxrOnnx.Core;
using CxrOnnx.Tests;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Pretraining;
using CxrOnnx.Trainer.Settings;
using CxrOnnx.Trainer.Training;
using Xunit;
using static TorchSharp.torch;

#pragma warning disable xUnit1051 // seconds-long runs

namespace CxrOnnx.Trainer.Tests.Devices;

/// <summary>Training on a GPU against training on the CPU; skipped with the reason where there is no GPU.</summary>
[Trait("Category", "gpu")]
public sealed class GpuTrainingTests
{
    private static readonly DiffusionTrainingSettings Settings = new()
    {
        BatchSize = 4,
        BFloat16 = false,
        MiddleRange = [20, 60],
        LogEvery = 2,
        ValidateEvery = 1000,
        CheckpointEvery = 1000,
        LearningRate = new()
        {
            Peak = 1e-3,
            WarmUpSteps = 2,
            TotalSteps = 6,
        },
    };

    [Fact]
    public void DiffusionTraining_OnCuda_FollowsTheCpu()
    {
        Device gpu = Gpu();
        (double[] here, float[] weightsHere) = Train(CPU);
        (double[] there, float[] weightsThere) = Train(gpu);

        // Strict float32: sums in another order, six steps of a learning rate of 1e-3 apart.
        Assert.All(here.Zip(there), pair => Assert.Equal(pair.First, pair.Second, 1e-3 * Math.Abs(pair.First)));
        Assert.True(weightsHere.Zip(weightsThere, (a, b) => Math.Abs(a - b)).Max() < 2e-3);
    }

    [Fact]
    public void DiffusionTraining_StateOfTheGpu_GoesOnOnTheCpu()
    {
        Device gpu = Gpu();
        using TemporaryFolder folder = ToyModel.Folder();
        Train(gpu, folder.Path);
        List<long> steps = [];
        using LatentDiffusionModel model = ToyModel.Create();
        using LatentDataSet data = ToyModel.Data(8);
        DiffusionTrainingSettings longer = Settings with { LearningRate = Settings.LearningRate with { TotalSteps = 8 } };
        using DiffusionTraining run = new(model, longer, new CaptionSettings { Sentence = 0 }, data, validation: null);
        run.Run(folder.Path, progress => steps.Add(progress.Step));
        Assert.Equal([8], steps);
    }

    private static Device Gpu()
    {
        try
        {
            return TorchDevice.Choose("cuda").Device;
        }
        catch (CxrOnnxException exception)
        {
            Assert.Skip(exception.Message);
            throw;
        }
    }

    private static (double[] Losses, float[] Weights) Train(Device device, string? folder = null)
    {
        using TemporaryFolder own = ToyModel.Folder();
        using LatentDiffusionModel model = ToyModel.Create(device: device);
        using LatentDataSet data = ToyModel.Data(8);
        using DiffusionTraining run = new(model, Settings, new CaptionSettings { Sentence = 0 }, data, validation: null);
        List<double> losses = [];
        run.Run(folder ?? own.Path, progress => losses.Add(progress.Values.Single(value => value.Key == "loss").Value));
        return ([.. losses], [.. model.UNet.parameters().SelectMany(parameter => DeviceTransfer.ToArray(parameter))]);
    }
}
