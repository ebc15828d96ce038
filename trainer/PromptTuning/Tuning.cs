using System.Globalization;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Tokenization;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Models;
using CxrOnnx.Trainer.Phantom;
using CxrOnnx.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.PromptTuning;

/// <summary>Prompt tuning of a pre-trained run on the findings of its own training images, with a check on held-out ones.</summary>
/// <param name="folder">Folder of the pre-training run; receives <c>codebook.safetensors</c> and the caches.</param>
/// <param name="settings">Settings of the run.</param>
/// <param name="tokenizer">CLIP tokenizer.</param>
/// <param name="report">Receives one line per event.</param>
public sealed class Tuning(string folder, RunSettings settings, ClipTokenizer tokenizer, Action<string> report)
{
    private const int AtlasImages = 500;

    /// <summary>Tunes, or goes on tuning.</summary>
    /// <param name="checkedCases">Held-out findings that frozen model, tuned model and prior are scored on; 0 = no check.</param>
    /// <param name="cancellationToken">Stops after the running step, with a checkpoint.</param>
    /// <returns>The scores before and after.</returns>
    public IReadOnlyList<GroundingScore> Run(int checkedCases, CancellationToken cancellationToken)
    {
        ModelConfiguration configuration = ModelConfigurationFile.Load(Path.Combine(folder, RunFolder.Configuration));
        Pretraining pretraining = new(folder, configuration, settings, report);
        using AutoencoderKL vae = RunFolder.LoadVae(folder, configuration);
        using LatentDataSet all = pretraining.Latents("train", vae, configuration, pretraining.OpenTrainingImages());
        using LatentDataSet held = pretraining.Latents("validation", vae, configuration, pretraining.OpenValidationImages());
        using LatentDiffusionModel model = new(configuration, TrainingVocabulary.Of(tokenizer), TrainingVocabulary.Tokenization(tokenizer), seed: 0);
        model.Load(folder);
        PhantomSettings phantom = PhantomSettings.Preset(settings.Data.Preset) with { Seed = settings.Data.Seed };
        LocationAtlas atlas = PhantomAtlas.Build(phantom, first: 0, AtlasImages);
        atlas.Save(Path.Combine(folder, RunFolder.Atlas));

        int images = Math.Min(settings.Data.TuningImages, all.Records.Count);
        using LatentDataSet tuned = new(all.Latents.narrow(0, 0, images).clone(), [.. all.Records.Take(images)]);
        string checkpoint = Sha256.OfFile(Path.Combine(folder, "diffusion_model.safetensors"))[..16];
        using TrajectoryCache trajectories = TrajectoryCache.OpenOrCompute(
            Path.Combine(folder, "data", "trajectories"), model, tuned, configuration.Grounding.NumInferenceSteps,
            settings.Tuning.StepRange[0], settings.Tuning.StepRange[1], $"unet {checkpoint}, first {images} training images",
            done => { if (done % 128 == 0) report($"trajectories {done}/{images}"); }, cancellationToken);

        List<GroundingScore> scores = [];
        GroundingCheck check = new(held, configuration.Image.Size, checkedCases);
        if (checkedCases > 0)
        {
            scores.Add(check.ScorePrior(atlas));
            scores.Add(check.Score("frozen", model));
            scores.Add(check.Score("frozen, Otsu", model, otsu: true));
            scores.ForEach(Report);
        }

        Codebook codebook = Codebook.Build(tokenizer);
        long[] learnable = [.. codebook.LearnableIds(settings.Tuning.LearnSharedTokens).Select(id => (long)id).Order()];
        Save(RunFolder.FrozenCodebook, model, codebook, [], step: 0);
        TuningSample[] samples =
            [.. tuned.Records.SelectMany((record, image) => record.Findings.Select(finding => new TuningSample(image, finding.Prompt, Targets(atlas, finding))))];
        report($"{samples.Length} samples from {images} images, {learnable.Length} rows learn");
        using PromptTuningRun run = new(model, learnable, settings.Tuning, trajectories, samples);
        run.Run(folder, progress => report(progress.ToString()), cancellationToken: cancellationToken);
        run.Apply();
        Save(RunFolder.Codebook, model, codebook, learnable, run.Step);
        if (checkedCases > 0)
        {
            scores.Add(check.Score("tuned", model));
            Report(scores[^1]);
        }

        return scores;
    }

    private static IReadOnlyList<TargetGaussian> Targets(LocationAtlas atlas, TrainingFinding finding) =>
        [.. PhantomAtlas.Locations(finding).SelectMany(atlas.Gaussians).Distinct().Select(TargetGaussian.Of)];

    private void Save(string file, LatentDiffusionModel model, Codebook codebook, long[] learnable, long step)
    {
        using DisposeScope scope = NewDisposeScope();
        long[] ids = [.. codebook.TokenIds.Select(id => (long)id).Order()];
        using Tensor index = tensor(model.Vocabulary.Rows(ids), dtype: ScalarType.Int64);
        CodebookFile.Write(
            Path.Combine(folder, file),
            [.. ids.Select(id => (id, tokenizer.TokenOf((int)id)))],
            model.TextEncoder.TokenEmbedding.index_select(0, index),
            learnable,
            new Dictionary<string, string> { ["step"] = step.ToString(CultureInfo.InvariantCulture), ["settings"] = settings.Tuning.ToString() });
    }

    private void Report(GroundingScore score) => report(string.Create(
        CultureInfo.InvariantCulture, $"{score.Name}: CNR {score.ContrastToNoiseRatio:0.000}, mIoU {100 * score.MeanIoU:0.0} % ({score.Cases} cases)"));
}
