using System.Diagnostics;
using CxrOnnx.Core.Prompts;
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
/// Trains the text encoder on standard prompts alone: from the state at each token, which words has this finding named so far? States from
/// which a linear layer can tell side, zone and pathology are what a U-Net can learn from; trained together with the U-Net on few images,
/// the encoder of a small model keeps only what changes most pixels (all prompts but "cardiomegaly" ended with the same states).
/// </summary>
public sealed class TextTraining : IDisposable
{
    private const int TrainingStream = 7;
    private const int InitialisationStream = 5;
    private const string FinalNorm = "text_model.final_layer_norm.weight";

    private readonly LatentDiffusionModel _model;
    private readonly TextTrainingSettings _settings;
    private readonly Linear _head;
    private readonly FlatParameters _parameters;
    private readonly AdamW _optimizer;
    private readonly Func<Random, string> _captions;
    private readonly long _conjunction;

    /// <summary>Prepares a run.</summary>
    /// <param name="model">Freshly seeded model whose text encoder is trained; owned by the caller.</param>
    /// <param name="settings">Settings.</param>
    /// <param name="captions">Draws a caption; null = one to three standard prompts, all pathologies and locations alike.</param>
    public TextTraining(LatentDiffusionModel model, TextTrainingSettings settings, Func<Random, string>? captions = null)
    {
        _model = model;
        _settings = settings;
        _captions = captions ?? StandardPrompts;
        _head = nn.Linear(model.Configuration.TextEncoder.HiddenSize, model.Vocabulary.Ids.Count);
        using (no_grad())
        using (StepRandom random = new(settings.Seed, InitialisationStream, step: 0))
        using (Tensor initial = random.Normal(_head.weight!.shape))
        {
            _head.weight.copy_(initial.MultiplyInPlace(0.02));
            _head.bias!.zero_();
            _head.to(model.Device);
            model.TextEncoder.named_parameters().Single(entry => entry.name == FinalNorm).parameter.FillInPlace(settings.StateScale);
        }

        _conjunction = model.Tokenize("and").Ids[model.Tokenize("and").OwnPositions[0]];
        _parameters = new FlatParameters(("text", model.TextEncoder), ("head", _head));
        _optimizer = new AdamW(_parameters, settings.Optimizer);
    }

    /// <summary>Trains; the model then has the averaged weights.</summary>
    /// <param name="progress">
    /// Told at every line of the learning curve: the loss, and the share of tokens whose words are all told right.
    /// </param>
    /// <param name="cancellationToken">Stops after the running step.</param>
    public void Run(Action<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Stopwatch watch = Stopwatch.StartNew();
        long total = _settings.LearningRate.TotalSteps;
        using DeviceSums sums = new(_model.Device, [0, 0]);
        using Prefetch<TextBatch> batches = new(Draw, 0, total, _model.Device.type == DeviceType.CUDA);
        for (long step = 0; step < total; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using (TextBatch batch = batches.Take(step))
            {
                Step(step, batch, sums);
            }

            if ((step + 1) % _settings.LogEvery != 0 && step + 1 != total)
            {
                continue;
            }

            double[] means = sums.Means();
            progress?.Invoke(
                new TrainingProgress(
                    "text",
                    step + 1,
                    total,
                    sums.Count / watch.Elapsed.TotalSeconds,
                    [new("loss", means[0]), new("tokens_right", means[1])]
                )
            );
            sums.Reset();
            watch.Restart();
        }

        _parameters.Assign(_optimizer.Average);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        _head.Dispose();
    }

    /// <summary>One step; the host does not wait for the device.</summary>
    /// <param name="step">The step.</param>
    /// <param name="batch">What it looks at, from <see cref="Draw"/>.</param>
    /// <param name="sums">Receives the loss and the share of tokens that are right.</param>
    internal void Step(long step, TextBatch batch, DeviceSums sums)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor target = batch.Words.CopyTo(_model.Device),
            own = batch.Own.CopyTo(_model.Device);
        Tensor logits = _head.call(_model.TextEncoder.Forward(batch.Rows.CopyTo(_model.Device)));
        Tensor losses = ShapeOnly.CrossEntropy(logits, target).sum(-1);
        Tensor loss = (losses * own).sum() / own.sum();
        loss.backward();
        _optimizer.Update(_settings.LearningRate.At(step));
        using IDisposable noGrad = no_grad();
        Tensor right = (logits.IsAbove(0) == target.IsAbove(0.5)).all(-1).to(ScalarType.Float32);
        sums.Add(loss, (right * own).sum() / own.sum());
    }

    /// <summary>What a step looks at: a function of seed and step alone.</summary>
    internal TextBatch Draw(long step)
    {
        using StepRandom random = new(_settings.Seed, TrainingStream, step);
        TokenizedPrompt[] captions = [.. Enumerable.Range(0, _settings.BatchSize).Select(_ => _model.Tokenize(_captions(random.Scalars)))];

        // The tower is causal: positions behind the longest caption change nothing before them.
        int length = captions.Max(caption => caption.OwnPositions[^1]) + 1;
        long[] rows = [.. captions.SelectMany(caption => _model.Vocabulary.Rows(caption.Ids.Take(length)))];
        (float[] words, float[] mask) = Targets(captions, length);
        return new TextBatch(
            tensor(rows, [captions.Length, length], dtype: ScalarType.Int64).Keep(_model.Device),
            tensor(words, [captions.Length, length, _model.Vocabulary.Ids.Count]).Keep(_model.Device),
            tensor(mask, [captions.Length, length]).Keep(_model.Device)
        );
    }

    private static string StandardPrompts(Random random)
    {
        int findings = 1 + random.Next(3);
        string[] prompts =
        [
            .. Enumerable
                .Range(0, findings)
                .Select(_ =>
                {
                    Pathology pathology = Pathology.All[random.Next(Pathology.All.Count)];
                    Location location = Location.All[random.Next(Location.All.Count)];
                    return (random.Next(8) == 0 ? new StandardPrompt(pathology) : new StandardPrompt(pathology, location)).Text;
                }),
        ];
        return string.Join(" and ", prompts);
    }

    // At each own token: the words of its finding up to and with it, as a set over the vocabulary's rows. A finding ends at "and".
    private (float[] Words, float[] Mask) Targets(TokenizedPrompt[] captions, int length)
    {
        int vocabulary = _model.Vocabulary.Ids.Count;
        float[] words = new float[captions.Length * length * vocabulary],
            mask = new float[captions.Length * length];
        for (int i = 0; i < captions.Length; i++)
        {
            HashSet<long> named = [];
            foreach (int position in captions[i].OwnPositions)
            {
                long id = captions[i].Ids[position];
                if (id == _conjunction)
                {
                    named.Clear();
                }

                named.Add(id);
                int cell = (i * length) + position;
                mask[cell] = 1;
                foreach (long row in _model.Vocabulary.Rows(named))
                {
                    words[(cell * vocabulary) + row] = 1;
                }

                if (id == _conjunction)
                {
                    named.Clear();
                }
            }
        }

        return (words, mask);
    }
}
