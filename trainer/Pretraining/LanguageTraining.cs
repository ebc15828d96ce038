using System.Diagnostics;
using CxrOnnx.Phantom;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Native;
using CxrOnnx.Trainer.Settings;
using CxrOnnx.Trainer.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using AdamW = CxrOnnx.Trainer.Training.AdamW;

namespace CxrOnnx.Trainer.Pretraining;

/// <summary>
/// Trains the text encoder on the language of reports, without pictures and without places: at each token it foretells the next one, and at
/// the end of a report's findings it tells which impression of the batch is of the same report, and the reverse. The second is what CLIP
/// (Radford et al. 2021, arXiv:2103.00020, section 2.3) asks of its text tower with pictures instead of impressions: it puts the whole text
/// into the state at its end. The layers on top of the tower are thrown away.
/// </summary>
public sealed class LanguageTraining : IDisposable
{
    private const int TrainingStream = 9;
    private const int InitialisationStream = 6;
    private const string FinalNorm = "text_model.final_layer_norm.weight";

    // Cosines reach from -1 to 1; CLIP starts its logits from 1 / 0.07.
    private const double LogitScale = 1 / 0.07;

    private readonly LatentDiffusionModel _model;
    private readonly TextTrainingSettings _settings;
    private readonly ReportTexts _reports;
    private readonly PromptTokenization _tokenize;
    private readonly Linear _next;
    private readonly Linear _projection;
    private readonly FlatParameters _parameters;
    private readonly AdamW _optimizer;

    /// <summary>Prepares a run.</summary>
    /// <param name="model">Freshly seeded model whose text encoder is trained; owned by the caller.</param>
    /// <param name="settings">Settings; a step reads the findings and impressions of half a batch of reports.</param>
    /// <param name="reports">Where the texts come from.</param>
    /// <param name="tokenize">Text to ids; nothing is remembered, so that memory does not grow with the texts.</param>
    public LanguageTraining(LatentDiffusionModel model, TextTrainingSettings settings, ReportTexts reports, PromptTokenization tokenize)
    {
        (_model, _settings, _reports, _tokenize) = (model, settings, reports, tokenize);
        int width = model.Configuration.TextEncoder.HiddenSize;
        _next = nn.Linear(width, model.Vocabulary.Ids.Count);
        _projection = nn.Linear(width, width);
        using (no_grad())
        using (StepRandom random = new(settings.Seed, InitialisationStream, step: 0))
        {
            foreach ((Linear layer, double spread) in new[] { (_next, 0.02), (_projection, 1 / Math.Sqrt(width)) })
            {
                using Tensor initial = random.Normal(layer.weight!.shape);
                layer.weight.copy_(initial.MultiplyInPlace(spread));
                layer.bias!.zero_();
                layer.to(model.Device);
            }

            model.TextEncoder.named_parameters().Single(entry => entry.name == FinalNorm).parameter.FillInPlace(settings.StateScale);
        }

        _parameters = new FlatParameters(("text", model.TextEncoder), ("next", _next), ("projection", _projection));
        _optimizer = new AdamW(_parameters, settings.Optimizer);
    }

    /// <summary>Trains; the model then has the averaged weights.</summary>
    /// <param name="progress">
    /// Told at every line of the learning curve: the losses of the next token and of the pairs, and the shares told right.
    /// </param>
    /// <param name="cancellationToken">Stops after the running step.</param>
    public void Run(Action<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Stopwatch watch = Stopwatch.StartNew();
        long total = _settings.LearningRate.TotalSteps;
        using DeviceSums sums = new(_model.Device, [0, 0, 0, 0]);
        using Prefetch<LanguageBatch> batches = new(Draw, 0, total, _model.Device.type == DeviceType.CUDA);
        for (long step = 0; step < total; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using (LanguageBatch batch = batches.Take(step))
            {
                Step(step, batch, sums);
            }

            if ((step + 1) % _settings.LogEvery != 0 && step + 1 != total)
            {
                continue;
            }

            double[] means = sums.Means();
            KeyValuePair<string, double>[] values =
            [
                new("next_loss", means[0]),
                new("pair_loss", means[1]),
                new("tokens_right", means[2]),
                new("pairs_right", means[3]),
            ];
            progress?.Invoke(new TrainingProgress("text", step + 1, total, sums.Count / watch.Elapsed.TotalSeconds, values));
            sums.Reset();
            watch.Restart();
        }

        _parameters.Assign(_optimizer.Average);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        _next.Dispose();
        _projection.Dispose();
    }

    /// <summary>What a step looks at: a function of seed and step alone.</summary>
    internal LanguageBatch Draw(long step)
    {
        using StepRandom random = new(_settings.Seed, TrainingStream, step);
        List<string> findings = [],
            impressions = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        for (int i = 0; i < _settings.BatchSize / 2; i++)
        {
            ReportSections sections = _reports.At(_settings.ReportsStart + random.Scalars.Next(_settings.Reports));

            // "As above." twice in a batch would be a pair and a contradiction of it.
            if (sections.Impression is { } impression && seen.Add(impression))
            {
                findings.Insert(impressions.Count, sections.Findings);
                impressions.Add(impression);
            }
            else
            {
                findings.Add(sections.Findings);
            }
        }

        return new LanguageBatch(Texts(findings), Texts(impressions));
    }

    private LanguageTexts Texts(List<string> texts)
    {
        TokenizedPrompt[] prompts = [.. texts.Select(text => _tokenize(text))];

        // The tower is causal: positions behind the longest text change nothing before them.
        int length = prompts.Max(prompt => prompt.OwnPositions[^1]) + 2;
        long[] ends = [.. prompts.Select(prompt => (long)prompt.OwnPositions[^1] + 1)],
            rows = [.. prompts.SelectMany(prompt => _model.Vocabulary.Rows(prompt.Ids.Take(length)))];
        float[] counted = new float[prompts.Length * (length - 1)];
        for (int i = 0; i < prompts.Length; i++)
        {
            counted.AsSpan(i * (length - 1), (int)ends[i]).Fill(1);
        }

        return new LanguageTexts(
            tensor(rows, [prompts.Length, length], dtype: ScalarType.Int64).Keep(_model.Device),
            tensor(counted, [prompts.Length, length - 1]).Keep(_model.Device),
            tensor(ends.Select((end, text) => (text * length) + end).ToArray(), dtype: ScalarType.Int64).Keep(_model.Device)
        );
    }

    private void Step(long step, LanguageBatch batch, DeviceSums sums)
    {
        using DisposeScope scope = NewDisposeScope();
        Read findings = Encode(batch.Findings),
            impressions = Encode(batch.Impressions);
        Tensor tokens = findings.Tokens.Plus(impressions.Tokens);
        Tensor next = findings.Surprise.Plus(impressions.Surprise) / tokens;

        long pairs = impressions.Directions.shape[0];
        Tensor own = DeviceTransfer.MoveTo(tensor([.. Enumerable.Range(0, (int)pairs).Select(i => (long)i)]), _model.Device);
        Tensor alike = matmul(findings.Directions.narrow(0, 0, pairs), impressions.Directions.transpose(0, 1)).Times(LogitScale);
        Tensor pair = nn.functional.cross_entropy(alike, own).Plus(nn.functional.cross_entropy(alike.transpose(0, 1), own)).Times(0.5);
        Tensor loss = next.Plus(pair.Times(_settings.ContrastWeight));
        loss.backward();
        _optimizer.Update(_settings.LearningRate.At(step));
        using IDisposable noGrad = no_grad();
        sums.Add(next, pair, findings.Right.Plus(impressions.Right) / tokens, alike.argmax(-1).eq(own).to(ScalarType.Float32).mean());
    }

    // Sums over the texts' tokens, and the directions of their ends, [B, W].
    private Read Encode(LanguageTexts texts)
    {
        Tensor rows = texts.Rows.CopyTo(_model.Device),
            counted = texts.Counted.CopyTo(_model.Device);
        Tensor states = _model.TextEncoder.Forward(rows); // [B, S, W]
        long length = rows.shape[1];
        Tensor target = rows.narrow(1, 1, length - 1);
        Tensor logits = _next.call(states.narrow(1, 0, length - 1)); // [B, S - 1, vocabulary]
        Tensor surprise = nn.functional.log_softmax(logits, -1).gather(-1, target.unsqueeze(-1)).squeeze(-1).neg();
        Tensor ends = states.reshape(-1, states.shape[2]).index_select(0, texts.Ends.CopyTo(_model.Device));
        return new Read(
            (surprise * counted).sum(),
            (logits.detach().argmax(-1).eq(target).to(ScalarType.Float32) * counted).sum(),
            counted.sum(),
            nn.functional.normalize(_projection.call(ends), dim: -1)
        );
    }

    private readonly record struct Read(Tensor Surprise, Tensor Right, Tensor Tokens, Tensor Directions);
}
