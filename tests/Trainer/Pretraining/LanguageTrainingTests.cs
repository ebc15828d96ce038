using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Tokenization;
using CxrOnnx.Tests;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Pretraining;
using CxrOnnx.Trainer.Settings;
using CxrOnnx.Trainer.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

#pragma warning disable xUnit1051 // seconds-long runs

namespace CxrOnnx.Trainer.Tests.Pretraining;

[Trait("Category", "slow")]
public sealed class LanguageTrainingTests
{
    private static readonly ClipTokenizer Tokenizer = ClipTokenizer.Load(Path.Combine(Fixtures.Repository, "models", "tokenizer"));

    private static readonly RunSettings Settings = new()
    {
        Text = new()
        {
            Objective = TextObjective.Language,
            Reports = 50,
            BatchSize = 16,
            LogEvery = 10,
            LearningRate = new()
            {
                Peak = 1e-2,
                WarmUpSteps = 5,
                TotalSteps = 60,
            },
            Optimizer = new() { AverageDecay = 0.9 },
        },
    };

    [Fact]
    public void Run_OnReports_LearnsTheNextTokenAndThePairs()
    {
        using LatentDiffusionModel model = Create();
        List<IReadOnlyDictionary<string, double>> lines = [];
        using LanguageTraining training = new(model, Settings.Text, ReportTexts.Of(Settings.Data), Tokenize);

        training.Run(progress => lines.Add(progress.Values.ToDictionary(value => value.Key, value => value.Value)));

        Assert.Equal(6, lines.Count);
        Assert.True(lines[^1]["next_loss"] < lines[0]["next_loss"] - 0.6, $"{lines[0]["next_loss"]} -> {lines[^1]["next_loss"]}");
        Assert.True(lines[^1]["pair_loss"] < lines[0]["pair_loss"], $"{lines[0]["pair_loss"]} -> {lines[^1]["pair_loss"]}");
        Assert.True(lines[^1]["tokens_right"] > lines[0]["tokens_right"] + 0.05);
    }

    [Fact]
    public void Run_WithContrast_EndsOfAReportsTwoTextsAreCloserThanWithout()
    {
        // Without the pairs nothing asks the state at the end to know what came before.
        double with = Margin(Settings.Text),
            without = Margin(Settings.Text with { ContrastWeight = 0 });

        Assert.True(with > without, $"own minus other impressions: {with} with the pairs, {without} without");
    }

    [Fact]
    public void Run_SameSeedTwice_GivesTheSameWeights()
    {
        TextTrainingSettings settings = Settings.Text with { LearningRate = Settings.Text.LearningRate with { TotalSteps = 3 } };
        using DisposeScope scope = NewDisposeScope();
        using LatentDiffusionModel first = Create(),
            second = Create();
        foreach (LatentDiffusionModel model in new[] { first, second })
        {
            using LanguageTraining training = new(model, settings, ReportTexts.Of(Settings.Data), Tokenize);
            training.Run();
        }

        Assert.All(
            first.TextEncoder.state_dict().Zip(second.TextEncoder.state_dict()),
            pair => Assert.Equal(pair.First.Value.data<float>().ToArray(), pair.Second.Value.data<float>().ToArray())
        );
    }

    // Mean cosine of the findings' ends with their own impressions' ends, less that with the next report's.
    private static double Margin(TextTrainingSettings settings)
    {
        using DisposeScope scope = NewDisposeScope();
        using LatentDiffusionModel model = Create();
        ReportTexts reports = ReportTexts.Of(Settings.Data);
        using (LanguageTraining training = new(model, settings, reports, Tokenize))
        {
            training.Run();
        }

        using IDisposable noGrad = no_grad();
        (string Findings, string Impression)[] pairs =
        [
            .. Enumerable
                .Range(0, settings.Reports)
                .Select(i => reports.At(settings.ReportsStart + i))
                .Where(sections => sections.Impression is { Length: > 30 })
                .Select(sections => (sections.Findings, sections.Impression!))
                .DistinctBy(pair => pair.Item2),
        ];
        Tensor findings = Ends(model, [.. pairs.Select(pair => pair.Findings)]),
            impressions = Ends(model, [.. pairs.Select(pair => pair.Impression)]);
        Tensor alike = matmul(findings, impressions.transpose(0, 1));
        return (alike.diagonal().mean() - alike.mean()).item<float>();
    }

    private static Tensor Ends(LatentDiffusionModel model, string[] texts)
    {
        Tensor states = model.Encode(texts);
        Tensor ends = stack([.. texts.Select((text, i) => states[i, model.Tokenize(text).OwnPositions[^1] + 1])]);
        return nn.functional.normalize(ends - ends.mean([0], keepdim: true), dim: -1);
    }

    private static TokenizedPrompt Tokenize(string text) => TrainingVocabulary.Tokenization(Tokenizer)(text);

    private static LatentDiffusionModel Create()
    {
        ModelConfiguration configuration = ToyModel.Configuration with
        {
            TextEncoder = ToyModel.Configuration.TextEncoder with
            {
                VocabSize = Tokenizer.VocabularySize,
                MaxPositionEmbeddings = ClipTokenizer.ContextLength,
            },
        };
        return new LatentDiffusionModel(configuration, TrainingVocabulary.Of(Tokenizer, Settings), Tokenize, seed: 5);
    }
}
