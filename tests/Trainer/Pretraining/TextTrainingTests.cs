using CxrOnnx.Core.Artifacts;
using CxrOnnx.Tests;
using CxrOnnx.Trainer.Pretraining;
using CxrOnnx.Trainer.Settings;
using CxrOnnx.Trainer.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

#pragma warning disable xUnit1051 // seconds-long runs

namespace CxrOnnx.Trainer.Tests.Pretraining;

[Trait("Category", "slow")]
public sealed class TextTrainingTests
{
    private static readonly TextTrainingSettings Settings = new()
    {
        BatchSize = 16,
        LearningRate = new()
        {
            Peak = 2e-2,
            WarmUpSteps = 5,
            TotalSteps = 250,
        },
        LogEvery = 50,
    };

    [Fact]
    public void Run_OnToyPrompts_StatesTellEveryWord()
    {
        using LatentDiffusionModel model = ToyModel.Create();
        List<double> right = [];

        Train(model, Settings, right);

        Assert.True(right[0] < 0.9 && right[^1] > 0.95, $"share of tokens whose words are told: {right[0]}, at the end {right[^1]}");
    }

    [Fact]
    public void Run_SameSeedTwice_GivesTheSameWeights()
    {
        using DisposeScope scope = NewDisposeScope();
        using LatentDiffusionModel first = ToyModel.Create(),
            second = ToyModel.Create();
        TextTrainingSettings settings = Settings with { LearningRate = Settings.LearningRate with { TotalSteps = 5 } };

        Train(first, settings);
        Train(second, settings);

        Assert.All(
            first.TextEncoder.state_dict().Zip(second.TextEncoder.state_dict()),
            pair => Assert.Equal(pair.First.Value.data<float>().ToArray(), pair.Second.Value.data<float>().ToArray())
        );
    }

    [Fact]
    public void Diffusion_FrozenTextEncoder_TrainsTheUNetAlone()
    {
        using TemporaryFolder folder = ToyModel.Folder();
        using LatentDataSet data = ToyModel.Data(16);
        DiffusionTrainingSettings settings = new()
        {
            BatchSize = 4,
            BFloat16 = false,
            FrozenTextEncoder = true,
            MiddleRange = [20, 60],
            CheckpointEvery = 100,
            LearningRate = new() { TotalSteps = 3, WarmUpSteps = 1 },
        };
        string text = folder.File("text.safetensors");
        using (LatentDiffusionModel other = ToyModel.Create(seed: 77))
        {
            other.SaveTextEncoder(text, new Dictionary<string, string>(), seed: 1);
        }

        float[] unet;
        using (LatentDiffusionModel model = ToyModel.Create())
        {
            model.FreezeTextEncoder(text);
            unet = model.UNet.state_dict()["out.2.conv.weight"].data<float>().ToArray();
            using DiffusionTraining training = new(model, settings, new() { Sentence = 0, NormalSentence = 0 }, data, validation: null);
            training.Run(folder.Path);
        }

        const string Layer = "text_model.encoder.layers.0.mlp.fc1.weight";
        Assert.Equal(Weights(text, Layer), Weights(folder.File("text_encoder/model.safetensors"), Layer));
        Assert.NotEqual(unet, Weights(folder.File("diffusion_model.safetensors"), "out.2.conv.weight"));
    }

    private static float[] Weights(string path, string name)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        return file.ReadFloat32(name);
    }

    private static void Train(LatentDiffusionModel model, TextTrainingSettings settings, List<double>? right = null)
    {
        using TextTraining training = new(
            model,
            settings,
            random => $"{(random.Next(2) == 0 ? "left" : "right")} {(random.Next(2) == 0 ? "upper" : "lower")} mass"
        );
        training.Run(progress => right?.Add(progress.Values.Single(value => value.Key == "tokens_right").Value));
    }
}
