using CxrOnnx.Core.Artifacts;
using CxrOnnx.Tests;
using CxrOnnx.Trainer.Pretraining;
using CxrOnnx.Trainer.Settings;
using CxrOnnx.Trainer.Training;
using TorchSharp;
using Xunit;

#pragma warning disable xUnit1051 // seconds-long runs; stopping them is one of the things tested

namespace CxrOnnx.Trainer.Tests.Pretraining;

[Trait("Category", "slow")]
public sealed class DiffusionTrainingTests
{
    private static readonly DiffusionTrainingSettings Settings = new()
    {
        Seed = 4,
        BatchSize = 8,
        BFloat16 = false,
        MiddleRange = [20, 60],
        LogEvery = 5,
        ValidateEvery = 1000,
        CheckpointEvery = 1000,
        LearningRate = new()
        {
            Peak = 3e-3,
            WarmUpSteps = 5,
            TotalSteps = 60,
            DecayStart = 1,
        },
    };

    private static readonly CaptionSettings Captions = new() { Sentence = 0 };

    [Fact]
    public void Run_OnToySet_LossFalls()
    {
        using TemporaryFolder folder = ToyModel.Folder();
        List<double> losses = [];
        Train(folder.Path, Settings, progress => losses.Add(progress.Values.Single(value => value.Key == "loss").Value));
        // The first line averages untrained steps; a third less error is far outside the noise of five batches.
        Assert.True(losses[^1] < 0.67 * losses[0], $"loss went from {losses[0]} to {losses[^1]}");
    }

    [Fact]
    public void Run_InterruptedAndResumed_EqualsUninterruptedRun()
    {
        using TemporaryFolder whole = ToyModel.Folder();
        using TemporaryFolder parts = ToyModel.Folder();
        DiffusionTrainingSettings settings = Settings with { LearningRate = Settings.LearningRate with { TotalSteps = 12 } };
        Train(whole.Path, settings);
        using (CancellationTokenSource source = new())
        {
            Train(
                parts.Path,
                settings,
                progress =>
                {
                    if (progress.Step == 5)
                    {
                        source.Cancel();
                    }
                },
                source.Token
            );
        }

        Train(parts.Path, settings);
        using SafetensorsFile expected = SafetensorsFile.Open(whole.File("diffusion_model.safetensors"));
        using SafetensorsFile actual = SafetensorsFile.Open(parts.File("diffusion_model.safetensors"));
        Assert.All(expected.Tensors.Keys, name => Assert.Equal(expected.ReadFloat32(name), actual.ReadFloat32(name)));
        Assert.Equal(File.ReadAllLines(whole.File("diffusion.csv")).Length, File.ReadAllLines(parts.File("diffusion.csv")).Length);
    }

    [Fact]
    public void Run_FinishedButItsCheckpointsAreGone_WritesTheSameAgain()
    {
        using TemporaryFolder folder = ToyModel.Folder();
        DiffusionTrainingSettings settings = Settings with { LearningRate = Settings.LearningRate with { TotalSteps = 2 } };
        Train(folder.Path, settings);
        byte[] first = File.ReadAllBytes(folder.File("diffusion_model.safetensors"));
        File.Delete(folder.File("diffusion_model.safetensors"));

        Train(folder.Path, settings);

        Assert.Equal(first, File.ReadAllBytes(folder.File("diffusion_model.safetensors")));
    }

    [Fact]
    public void Run_WithOtherSettings_RefusesTheState()
    {
        using TemporaryFolder folder = ToyModel.Folder();
        DiffusionTrainingSettings settings = Settings with { LearningRate = Settings.LearningRate with { TotalSteps = 2 } };
        Train(folder.Path, settings);
        ArtifactException exception = Assert.Throws<ArtifactException>(() => Train(folder.Path, settings with { BatchSize = 4 }));
        Assert.Contains("BatchSize = 8", exception.Message, StringComparison.Ordinal);
        Assert.Contains("BatchSize = 4", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ManySteps_KeepsNoTensors()
    {
        using TemporaryFolder folder = ToyModel.Folder();
        List<long> alive = [];
        DiffusionTrainingSettings settings = Settings with { LogEvery = 1, LearningRate = Settings.LearningRate with { TotalSteps = 12 } };
        Train(folder.Path, settings, _ => alive.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount));
        Assert.Equal(alive[2], alive[^1]);
    }

    [Fact]
    public void Run_ManyCheckpointsAndValidations_KeepsNoTensors()
    {
        using TemporaryFolder folder = ToyModel.Folder();
        // Validation looks at the time steps 250, 500 and 750.
        using LatentDiffusionModel model = new(
            ToyModel.Configuration with
            {
                Scheduler = ToyModel.Configuration.Scheduler with { NumTrainTimesteps = 1000 },
            },
            ToyModel.Vocabulary,
            ToyModel.Tokenize,
            seed: 5
        );
        using LatentDataSet data = ToyModel.Data(8),
            validation = ToyModel.Data(4, seed: 2);
        List<long> alive = [];
        DiffusionTrainingSettings settings = Settings with
        {
            BatchSize = 2,
            LogEvery = 1,
            ValidateEvery = 1,
            CheckpointEvery = 1,
            LearningRate = Settings.LearningRate with { TotalSteps = 8 },
        };
        using DiffusionTraining training = new(model, settings, Captions, data, validation);
        training.Run(folder.Path, _ => alive.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount));
        Assert.Equal(alive[2], alive[^1]);
    }

    // Arrays as large as the weights are collected late: a run that makes some at every checkpoint grows by them.
    [Fact]
    public void Checkpoint_OfManyParameters_AllocatesNoArraysOfTheirSize()
    {
        const long Rows = 200_000;
        using TemporaryFolder folder = ToyModel.Folder();
        using TorchSharp.Modules.Linear large = torch.nn.Linear(500, 500);
        FlatParameters parameters = new(("large", large));
        using AdamW optimizer = new(parameters, new AdamWSettings());
        using LatentDiffusionModel model = new(
            ToyModel.Configuration with
            {
                TextEncoder = ToyModel.Configuration.TextEncoder with { VocabSize = (int)Rows },
            },
            ToyModel.Vocabulary,
            ToyModel.Tokenize,
            seed: 5
        );
        Save(); // compiles
        long before = GC.GetAllocatedBytesForCurrentThread();
        Save();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < parameters.Count * sizeof(float), $"{allocated} bytes");

        void Save()
        {
            TrainingState.Save(folder.File("state.safetensors"), optimizer, parameters, "x");
            model.SaveTextEncoder(folder.File("text.safetensors"), new Dictionary<string, string>(), seed: 1);
        }
    }

    [Fact]
    public void Run_BFloat16_WritesFloat32CheckpointsThatLoad()
    {
        using TemporaryFolder folder = ToyModel.Folder();
        Train(folder.Path, Settings with { BFloat16 = true, LearningRate = Settings.LearningRate with { TotalSteps = 3 } });
        using LatentDiffusionModel model = ToyModel.Create(seed: 77);
        model.Load(folder.Path);
        using SafetensorsFile file = SafetensorsFile.Open(folder.File("diffusion_model.safetensors"));
        Assert.All(file.Tensors.Values, tensor => Assert.Equal(TensorDataType.F32, tensor.DataType));
        using SafetensorsFile text = SafetensorsFile.Open(folder.File("text_encoder/model.safetensors"));
        Assert.Equal([100L, 12L], text.Tensors["text_model.embeddings.token_embedding.weight"].Shape);
    }

    internal static void Train(
        string folder,
        DiffusionTrainingSettings settings,
        Action<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        using LatentDiffusionModel model = ToyModel.Create();
        using LatentDataSet data = ToyModel.Data(32);
        using DiffusionTraining training = new(model, settings, Captions, data, validation: null);
        training.Run(folder, progress, cancellationToken: cancellationToken);
    }
}
