using CxrOnnx.Core.Atlas;
using CxrOnnx.Tests;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Diffusion;
using CxrOnnx.Trainer.Models.UNet;
using CxrOnnx.Trainer.Models.Vae;
using CxrOnnx.Trainer.Pretraining;
using CxrOnnx.Trainer.PromptTuning;
using CxrOnnx.Trainer.Settings;
using CxrOnnx.Trainer.Training;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

#pragma warning disable xUnit1051 // seconds-long runs

namespace CxrOnnx.Trainer.Tests.Devices;

/// <summary>
/// Everything that trains, on libtorch's device "meta", which has shapes and no values: whoever makes a tensor on the CPU where the model's
/// device is meant is found without a GPU, and so is whoever reads a value within a step, for which a GPU would have to be waited for. The
/// planted modules show that it finds them.
/// </summary>
[Trait("Category", "quick")]
public sealed class MetaDeviceTests
{
    private static readonly int[] AllLayers = [0, 1, 2, 3];

    [Fact]
    public void UNet_Whole_KeepsToItsDevice()
    {
        using DisposeScope scope = NewDisposeScope();
        using LatentDiffusionModel model = ToyModel.Create(device: META);
        UNetOutput output = model.UNet.Forward(
            empty([3, 2, 8, 16], device: META),
            empty([3], dtype: ScalarType.Int64, device: META),
            model.Encode(["left mass", "", "right lower mass"]),
            AllLayers
        );
        IsMeta(output.Sample!, 3, 2, 8, 16);
        Assert.All(output.Attention.Values, map => IsMeta(map, 3, 4 * 8, ToyModel.Positions));
        (output.Sample!.sum() + output.Attention[3].sum()).backward();
        Assert.All(model.UNet.parameters().Where(parameter => parameter.grad is not null), parameter => IsMeta(parameter.grad!));
    }

    [Fact]
    public void Vae_BothWays_KeepsToItsDevice()
    {
        using DisposeScope scope = NewDisposeScope();
        using AutoencoderKL vae = new(ToyModel.Configuration.Vae);
        vae.to(META);
        (Tensor mean, Tensor sigma) = vae.Encode(empty([2, 1, 16, 24], device: META));
        IsMeta(mean, 2, 2, 8, 12);
        IsMeta(sigma, 2, 2, 8, 12);
        IsMeta(vae.Decode(mean), 2, 1, 16, 24);
    }

    [Fact]
    public void TextEncoder_FromIdsAndEmbeddings_KeepsToItsDevice()
    {
        using DisposeScope scope = NewDisposeScope();
        using LatentDiffusionModel model = ToyModel.Create(device: META);
        IsMeta(model.Encode(["left mass", "and"]), 2, ToyModel.Positions, 12);
        IsMeta(model.TextEncoder.ForwardEmbeddings(empty([3, 4, 12], device: META)), 3, 4, 12);
        IsMeta(model.OwnTokens(["left mass"]), 1, ToyModel.Positions);
    }

    [Fact]
    public void Trajectory_InversionAndSampling_KeepToTheModelsDevice()
    {
        using DisposeScope scope = NewDisposeScope();
        using LatentDiffusionModel model = ToyModel.Create(device: META);
        IsMeta(Trajectory.Invert(model, empty([2, 2, 8, 8], device: META), 10, 3, 6), 2, 3, 2, 8, 8);
        IsMeta(ImageSampler.Sample(model, empty([2, 2, 8, 8], device: META), ["left mass", ""], steps: 3, guidance: 2), 2, 2, 8, 8);
    }

    [Fact]
    public void GroundingLoss_OnMetaAttention_KeepsToItsDevice()
    {
        using DisposeScope scope = NewDisposeScope();
        GroundingLossResult loss = new GroundingLoss().Compute(
            empty([2, 3, 4, 16, 6], device: META),
            tensor(new[] { false, true, true, false, false, false, false, true, false, false, false, false }, [2, 6]),
            empty([2, 16], device: META)
        );
        IsMeta(loss.Total);
        IsMeta(loss.Divergence, 2);
        IsMeta(loss.Location, 2);
    }

    [Fact]
    public void DiffusionTraining_Step_KeepsToItsDeviceAndReadsNoValue()
    {
        using LatentDiffusionModel model = ToyModel.Create(device: META);
        using LatentDataSet data = ToyModel.Data(6);
        DiffusionTrainingSettings settings = new()
        {
            BatchSize = 4,
            BFloat16 = true,
            MiddleRange = [20, 60],
        };
        using DiffusionTraining training = new(model, settings, new CaptionSettings(), data, validation: null);
        using DeviceSums sums = new(META, [0, 0]);
        for (long step = 0; step < 3; step++)
        {
            using DiffusionBatch batch = training.Draw(step);
            training.Step(step, batch, sums);
        }

        Assert.Equal(3, sums.Count);
    }

    [Fact]
    public void VaeTraining_Step_KeepsToItsDeviceAndReadsNoValue()
    {
        using TemporaryFolder folder = ToyModel.Folder();
        RadiographCache.Write(
            folder.File("data"),
            16,
            "flat",
            Enumerable.Range(0, 4).Select(i => (new float[256], new TrainingRecord { Index = i, Findings = [] }))
        );
        using RadiographCache data = RadiographCache.Open(folder.File("data"));
        using VaeTraining training = new(ToyModel.Configuration.Vae, new VaeTrainingSettings { CropSize = 8 }, data, META);
        using DeviceSums sums = new(META, [0, 0, 0]);
        using VaeBatch batch = training.Draw(0);
        training.Step(0, batch, sums);
        Assert.Equal(1, sums.Count);
    }

    [Fact]
    public void TextTraining_Step_KeepsToItsDeviceAndReadsNoValue()
    {
        using LatentDiffusionModel model = ToyModel.Create(device: META);
        using TextTraining training = new(model, new TextTrainingSettings { BatchSize = 3 }, _ => "left mass and");
        using DeviceSums sums = new(META, [0, 0]);
        using TextBatch batch = training.Draw(0);
        training.Step(0, batch, sums);
        Assert.Equal(1, sums.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void PromptTuning_Step_KeepsToItsDeviceAndReadsNoValue(int samplesPerStep)
    {
        using TemporaryFolder folder = ToyModel.Folder();
        using LatentDataSet data = ToyModel.Data(4);
        using LatentDiffusionModel here = ToyModel.Create();
        using TrajectoryDiskCache cache = TrajectoryDiskCache.OpenOrCompute(folder.Path, here, data, 10, 3, 6, "toy");
        TuningSample[] samples =
        [
            .. data.Records.Select((record, i) => new TuningSample(i, record.Findings[0].Prompt, [new LocationGaussian(128, 300, 64, 90)])),
        ];
        PromptTuningSettings settings = new()
        {
            StepRange = [3, 6],
            StepsPerSample = 2,
            SamplesPerStep = samplesPerStep,
        };
        using LatentDiffusionModel model = ToyModel.Create(device: META);
        using PromptTuningRun run = new(model, [ToyModel.IdOf("left"), ToyModel.IdOf("upper")], settings, cache, samples);
        using DeviceSums sums = new(META, [0, 0, 0]);
        using TuningBatch batch = run.Draw(0);
        Assert.Equal([2 * samplesPerStep, 2, 8, 8], batch.States.shape);
        run.Update(0, batch, sums);
        Assert.Equal(1, sums.Count);
        IsMeta(run.Rows.Weight);
    }

    [Fact]
    public void ReferenceBorder_MovedTensors_AreOnTheDevice()
    {
        using Tensor moved = ones(2, 3).MoveTo(META);
        IsMeta(moved, 2, 3);
        using Tensor kept = ones(2, 3).Keep(META);
        Assert.Equal(DeviceType.CPU, kept.device.type);
        using Tensor copy = kept.CopyTo(META);
        IsMeta(copy, 2, 3);
        Assert.Equal(6, kept.sum().item<float>());
    }

    [Theory]
    [InlineData("added")]
    [InlineData("multiplied")]
    [InlineData("convolved")]
    [InlineData("selected")]
    [InlineData("read")]
    public void Planted_TensorOfTheCpuInAForward_IsFound(string mistake)
    {
        using DisposeScope scope = NewDisposeScope();
        using PlantedModule module = new(mistake);
        module.to(META);
        Assert.ThrowsAny<Exception>(() => IsMeta(module.call(empty([4, 8], device: META)), 4, 8));
    }

    [Fact]
    public void Planted_WithoutAMistake_Passes()
    {
        using DisposeScope scope = NewDisposeScope();
        using PlantedModule module = new("none");
        module.to(META);
        IsMeta(module.call(empty([4, 8], device: META)), 4, 8);
    }

    private static void IsMeta(Tensor tensor, params long[] shape)
    {
        Assert.Equal(DeviceType.META, tensor.device.type);
        if (shape.Length > 0)
        {
            Assert.Equal(shape, tensor.shape);
        }
    }

    /// <summary>A linear layer that makes a tensor where it should not.</summary>
    private sealed class PlantedModule : nn.Module<Tensor, Tensor>
    {
        private readonly string _mistake;
        private readonly Linear _linear;
        private readonly Conv2d _convolution;

        public PlantedModule(string mistake)
            : base(nameof(PlantedModule))
        {
            _mistake = mistake;
            _linear = nn.Linear(8, 8);
            _convolution = nn.Conv2d(1, 1, 3, padding: 1);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            Tensor hidden = _linear.call(input);
            return _mistake switch
            {
                "added" => hidden + ones(8),
                "multiplied" => hidden * ones(4, 1),
                "convolved" => ShapeOnly.Convolve(_convolution, ones(1, 1, 4, 8), 3, 1, 1).view(4, 8) + hidden,
                "selected" => hidden.Select(0, tensor(new long[] { 0, 1, 2, 3 })),
                "read" => hidden * hidden.sum().item<float>(),
                _ => hidden,
            };
        }
    }
}
