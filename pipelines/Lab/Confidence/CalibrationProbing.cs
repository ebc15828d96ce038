using CxrOnnx.CommandLine;
using CxrOnnx.Core;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Generalised;
using CxrOnnx.Grounding.Confidence;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Imaging;
using CxrOnnx.Workflows.Journals;

namespace CxrOnnx.Lab.Confidence;

/// <summary>Asks the images of calibration sets for their phrases.</summary>
/// <param name="model">The model.</param>
/// <param name="probe">How images are asked.</param>
/// <param name="references">What phrases are compared with; null where with none.</param>
/// <param name="journal">Keeps what each image gave.</param>
/// <param name="cancellationToken">Stops between two operators of a graph.</param>
internal sealed class CalibrationProbing(
    GroundingModel model,
    SupportProbe probe,
    ReferencePhrases? references,
    RunJournal journal,
    CancellationToken cancellationToken
)
{
    private readonly PhraseEncoder _phrases = PhraseEncoder.Open(model.Bundle);
    private readonly Dictionary<string, ReadOnlyMemory<float>> _contexts = [];

    /// <summary>The cases of sets.</summary>
    /// <param name="sets">The sets.</param>
    /// <param name="mirrored">Whether supported phrases of one side, and their opposites, are also asked on the mirrored image.</param>
    /// <param name="title">For progress and errors.</param>
    /// <param name="output">For progress.</param>
    /// <exception cref="InputException">An image cannot be read, or one of the two kinds of phrase does not occur.</exception>
    public CalibrationCases Ask(IReadOnlyList<CalibrationSet> sets, bool mirrored, string title, CommandOutput output)
    {
        (int Set, string Id)[] items = [.. sets.SelectMany((set, i) => set.ImageIds.Select(id => (i, id)))];
        IReadOnlyList<CalibrationRecord> records = output.WithProgress(
            title,
            progress =>
                new JournaledWork(journal, cancellationToken).Run(
                    items,
                    item => (FormattableString.Invariant($"{title} {item.Set} {item.Id}"), sets[item.Set].PathOf(item.Id)),
                    item => Ask(sets[item.Set], item.Id, mirrored),
                    CalibrationRecordContext.Default.CalibrationRecord,
                    done => progress.Report((double)done / items.Length)
                )
        );
        CalibrationCase[] cases = [.. items.Zip(records).SelectMany(pair => CasesOf(sets[pair.First.Set], pair.First.Id, pair.Second))];
        foreach (bool kind in (ReadOnlySpan<bool>)[true, false])
        {
            if (cases.All(item => item.IsSupported != kind))
            {
                throw new InputException($"{title}: there is no {(kind ? "supported" : "unsupported")} phrase; give more images");
            }
        }

        return new CalibrationCases(cases, [.. records.SelectMany(record => record.Mirrored)]);
    }

    private static IEnumerable<CalibrationCase> CasesOf(CalibrationSet set, string id, CalibrationRecord record) =>
        set.PhrasesOf(id, new ImageSize(record.Width, record.Height))
            .Zip(record.Features, (phrase, features) => new CalibrationCase(id, phrase.Prompt, phrase.Truth, record.Error, features));

    private CalibrationRecord Ask(CalibrationSet set, string id, bool mirrored)
    {
        GrayImage image = RadiographReader.Read(set.PathOf(id)).Image;
        IReadOnlyList<(StandardPrompt Prompt, PhraseTruth Truth)> phrases = set.PhrasesOf(id, image.Size);
        double error = 0;
        return new CalibrationRecord
        {
            Width = image.Width,
            Height = image.Height,
            Features = phrases.Count > 0 ? Features(image, [.. phrases.Select(phrase => phrase.Prompt)], out error) : [],
            Error = error,
            Mirrored = mirrored ? [.. AskMirrored(image, set.OpposedSides(id, image.Size))] : [],
        };
    }

    private IEnumerable<MirroredCase> AskMirrored(GrayImage image, IReadOnlyList<(StandardPrompt Own, StandardPrompt Other)> pairs)
    {
        if (pairs.Count == 0)
        {
            return [];
        }

        StandardPrompt[] prompts = [.. pairs.SelectMany(pair => (StandardPrompt[])[pair.Own, pair.Other])];
        double[][] upright = Features(image, prompts, out _);
        double[][] mirrored = Features(image.Mirrored(), prompts, out _);
        return pairs.Select((_, i) => new MirroredCase(upright[2 * i], upright[(2 * i) + 1], mirrored[2 * i], mirrored[(2 * i) + 1]));
    }

    private double[][] Features(GrayImage image, StandardPrompt[] prompts, out double error)
    {
        ImageTransform transform = new(image.Size, model.Configuration.Image.Size);
        GraphTensor latents = model.EncodeImage(
            Preprocessor.ToModelInput(image, transform),
            GridSize.Square(transform.ModelSize),
            cancellationToken
        );
        ProbedImage probed = probe.Prepare(
            latents.Floats,
            (int)latents.Shape[1],
            new GridSize((int)latents.Shape[2], (int)latents.Shape[3]),
            cancellationToken
        );
        error = probed.Error;
        IReadOnlyList<PredictionGain> gains = probe.Measure(probed, [.. prompts.Select(Context)], null, cancellationToken);
        IReadOnlyList<double[]>? compared = references?.Measure(probed, cancellationToken);
        return
        [
            .. gains.Select(
                (gain, i) =>
                {
                    double[] own = SupportFeatures.Of(gain, prompts[i].Locations, model.Atlas);
                    return compared is null ? own : references!.Compare(prompts[i], own, compared);
                }
            ),
        ];
    }

    /// <summary>The same few hundred phrases come again and again.</summary>
    private ReadOnlyMemory<float> Context(StandardPrompt prompt)
    {
        if (!_contexts.TryGetValue(prompt.Text, out ReadOnlyMemory<float> context))
        {
            context = model.EncodeText([.. _phrases.Encode(prompt.Text).Ids], 1, cancellationToken);
            _contexts.Add(prompt.Text, context);
        }

        return context;
    }
}
