using System.Globalization;
using CxrOnnx.Checkpoints;
using CxrOnnx.Core;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Tokenization;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Settings;
using CxrOnnx.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.PromptTuning;

/// <summary>
/// Prompt tuning of a pre-trained model: trajectories, learning, codebooks, and a check on held-out findings where their boxes are known.
/// </summary>
/// <param name="folder">
/// Receives <c>codebook.safetensors</c>, <c>codebook-frozen.safetensors</c>, <c>atlas.yaml</c> and the learning curve.
/// </param>
/// <param name="caches">Keeps the trajectories; runs on the same images and model may share it.</param>
/// <param name="settings">Settings.</param>
/// <param name="tokenizer">CLIP tokenizer.</param>
/// <param name="report">Receives one line per event.</param>
public sealed class Tuning(string folder, string caches, PromptTuningSettings settings, ClipTokenizer tokenizer, Action<string> report)
{
    /// <summary>Tunes, or goes on tuning.</summary>
    /// <param name="model">Pre-trained model; afterwards it has the tuned rows. Owned by the caller.</param>
    /// <param name="modelFingerprint">Identifies its checkpoints.</param>
    /// <param name="data">What to learn from.</param>
    /// <param name="check">Held-out findings that frozen model, tuned model and prior are scored on; null = no check.</param>
    /// <param name="cancellationToken">Stops after the running step, with a checkpoint.</param>
    /// <returns>The scores before and after.</returns>
    /// <exception cref="InputException">There is nothing to learn from.</exception>
    public IReadOnlyList<GroundingScore> Run(
        LatentDiffusionModel model,
        string modelFingerprint,
        TuningData data,
        GroundingCheck? check,
        CancellationToken cancellationToken
    )
    {
        data.Atlas.Save(Path.Combine(folder, RunFolder.Atlas));
        TuningSample[] samples = Samples(data.Atlas, data.Training);
        TuningSample[] validation =
            data.Validation is null || settings.ValidateEvery == 0
                ? []
                : [.. Samples(data.Atlas, data.Validation).Take(settings.ValidationSamples)];
        if (samples.Length == 0)
        {
            throw new InputException($"{data.Fingerprint}: no finding with a location to learn from");
        }

        using TrajectoryDiskCache trajectories = Invert(
            "trajectories",
            model,
            modelFingerprint,
            data.Training,
            data.Fingerprint,
            cancellationToken
        );
        using LatentDataSet? measured = validation.Length == 0 ? null : data.Validation!.First(validation.Max(sample => sample.Image) + 1);
        using TrajectoryDiskCache? held = measured is null
            ? null
            : Invert("trajectories-validation", model, modelFingerprint, measured, data.Fingerprint, cancellationToken);

        List<GroundingScore> scores = [];
        if (check is not null)
        {
            scores.Add(check.ScorePrior(data.Atlas));
            scores.Add(check.Score("frozen", model));
            scores.Add(check.Score("frozen, Otsu", model, otsu: true));
            scores.ForEach(Report);
        }

        Codebook codebook = Codebook.Build(tokenizer);
        long[] learnable = [.. codebook.LearnableIds(settings.LearnSharedTokens).Select(id => (long)id).Order()];
        Save(RunFolder.FrozenCodebook, model, codebook, [], step: 0);
        report(
            $"{samples.Length} samples from {data.Training.Records.Count} images, {validation.Length} for validation, "
                + $"{learnable.Length} rows learn"
        );
        using PromptTuningRun run = new(model, learnable, settings, trajectories, samples, held, validation);
        run.Run(folder, progress => report(progress.ToString()), cancellationToken: cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        run.Apply();
        Save(RunFolder.Codebook, model, codebook, learnable, run.KeptStep);
        if (run.KeptStep < run.Step)
        {
            report($"stopped at step {run.Step}; kept the rows of step {run.KeptStep}, whose validation loss is the lowest");
        }

        if (check is not null)
        {
            scores.Add(check.Score("tuned", model));
            Report(scores[^1]);
        }

        return scores;
    }

    private static TuningSample[] Samples(LocationAtlas atlas, LatentDataSet data) =>
        [
            .. data.Records.SelectMany(
                (record, image) =>
                    record.Findings.Select(finding => new TuningSample(
                        image,
                        finding.Prompt,
                        [.. PhantomAtlas.Locations(finding).SelectMany(atlas.Gaussians).Distinct()]
                    ))
            ),
        ];

    private TrajectoryDiskCache Invert(
        string name,
        LatentDiffusionModel model,
        string modelFingerprint,
        LatentDataSet images,
        string imagesFingerprint,
        CancellationToken cancellationToken
    )
    {
        int count = images.Records.Count;
        return TrajectoryDiskCache.OpenOrCompute(
            Path.Combine(caches, string.Create(CultureInfo.InvariantCulture, $"{name}-{settings.StepRange[0]}-{settings.StepRange[1]}")),
            model,
            images,
            model.Configuration.Grounding.NumInferenceSteps,
            settings.StepRange[0],
            settings.StepRange[1],
            $"{modelFingerprint}, {imagesFingerprint}",
            done =>
            {
                if (done % 128 == 0 || done == count)
                {
                    report($"{name} {done}/{count}");
                }
            },
            settings.TrajectoryBatch,
            cancellationToken
        );
    }

    private void Save(string file, LatentDiffusionModel model, Codebook codebook, long[] learnable, long step)
    {
        using DisposeScope scope = NewDisposeScope();
        long[] ids = [.. codebook.TokenIds.Select(id => (long)id).Order()];
        using Tensor index = tensor(model.Vocabulary.Rows(ids), dtype: ScalarType.Int64).MoveTo(model.Device);
        CodebookFile.Write(
            Path.Combine(folder, file),
            [.. ids.Select(id => (id, tokenizer.TokenOf((int)id)))],
            DeviceTransfer.ToArray(model.TextEncoder.TokenEmbedding.index_select(0, index)),
            learnable,
            new Dictionary<string, string> { ["step"] = step.ToString(CultureInfo.InvariantCulture), ["settings"] = settings.ToString() }
        );
    }

    private void Report(GroundingScore score) =>
        report(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{score.Name}: CNR {score.ContrastToNoiseRatio:0.000}, mIoU {100 * score.MeanIoU:0.0} % ({score.Cases} cases)"
            )
        );
}
