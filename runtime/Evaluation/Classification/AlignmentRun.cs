using CxrOnnx.Core;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Workflows;
using CxrOnnx.Workflows.Journals;

namespace CxrOnnx.Evaluation.Classification;

/// <summary>
/// Text alignment of a model: does the right phrase explain the image better than one with another side, zone or pathology?
/// </summary>
public sealed class AlignmentRun
{
    private const string All = "all";

    private readonly ClassifyRequest _request;
    private readonly ImageFolder _images;
    private readonly CancellationToken _cancellationToken;
    private Action? _finish;

    /// <summary>Prepares a run.</summary>
    /// <param name="request">What to do; its phrases and classes do not matter here.</param>
    /// <param name="cancellationToken">Stops between two operators of a graph.</param>
    /// <exception cref="InputException">A number is out of range, or there is no folder of images.</exception>
    public AlignmentRun(ClassifyRequest request, CancellationToken cancellationToken)
    {
        request.Check();
        _request = request;
        _images = new ImageFolder(request.Images, request.Frame);
        _cancellationToken = cancellationToken;
    }

    /// <summary>Measures every annotated phrase that has a distractor.</summary>
    /// <param name="observer">For progress.</param>
    /// <exception cref="CxrOnnxException">The data set or the bundle cannot be used.</exception>
    public AlignmentResult Execute(IWorkflowObserver observer)
    {
        EvaluationDataset dataset = AnnotatedImages.Load(_request.Source, _images, LocationAtlas.Default);
        using ClassificationModel model = new(_request);
        (List<Question> questions, int leftOut) = Questions(dataset, model.Settings.Seed);
        InputProblems problems = new();
        foreach (Question question in questions.DistinctBy(question => question.Case.ImageId))
        {
            problems.Try(() => _images.Check(question.Case));
        }

        foreach (Question question in questions)
        {
            foreach (string phrase in question.Phrases)
            {
                problems.Try(() => _ = model.Pipeline.Encode(phrase));
            }
        }

        problems.ThrowIfAny("nothing was computed");
        using RunJournal journal = model.OpenJournal(
            _request,
            "alignment",
            new Dictionary<string, string> { ["annotations"] = _request.Source.Fingerprint() }
        );
        IReadOnlyList<AlignedPhrase> rows = observer.WithProgress(
            "comparing phrases",
            progress =>
                new JournaledWork(journal, _cancellationToken).Run(
                    questions,
                    question => ($"{question.Case.Key} | {string.Join(" | ", question.Phrases)}", _images.PathOf(question.Case)),
                    question => Compare(model, question),
                    ClassificationContext.Default.AlignedPhrase,
                    done => progress.Report((double)done / questions.Count)
                )
        );
        List<string> notes =
        [
            .. dataset.Notes,
            .. _images.Remarks(),
            "Each phrase is compared with at most one other side, one other zone and one other pathology; what may be true of the image "
                + "too is no distractor. Chance is guessing among the phrases.",
        ];
        if (leftOut > 0)
        {
            notes.Add(
                $"{leftOut} of {dataset.Cases.Count} phrases have no distractor (a class that is none of the eight pathologies, or "
                    + $"nothing that would be wrong for sure) and were left out."
            );
        }

        _finish = journal.Finish;
        return new AlignmentResult
        {
            Bundle = model.Manifest.Id,
            Samples = model.Settings.Samples,
            TimeRange = [model.Settings.TimeRange.First, model.Settings.TimeRange.End],
            Seed = model.Settings.Seed,
            Results = [.. Accuracies(rows, new Bootstrap(_request.Resamples, model.Settings.Seed))],
            Notes = notes,
            Cases = rows,
        };
    }

    /// <summary>Forgets what was kept for a run that is gone on with; to be called when the result is written.</summary>
    public void Finish() => _finish?.Invoke();

    private (List<Question> Questions, int LeftOut) Questions(EvaluationDataset dataset, ulong seed)
    {
        List<Question> questions = [];
        EvaluationCase[] cases = [.. dataset.Cases];
        ILookup<string, (EvaluationCase Case, StandardPrompt? Prompt)> ofImage = cases.ToLookup(
            item => item.ImageId,
            item => (item, PhraseLocations.StandardPromptOf(item))
        );
        for (int i = 0; i < cases.Length; i++)
        {
            if (PhraseLocations.StandardPromptOf(cases[i]) is not { } truth)
            {
                continue;
            }

            StandardPrompt[] alsoTrue =
            [
                .. ofImage[cases[i].ImageId]
                    .Where(other => other.Case.Key != cases[i].Key)
                    .Select(other => other.Prompt)
                    .OfType<StandardPrompt>(),
            ];
            IReadOnlyList<(DistractorKind, StandardPrompt)> distractors = DistractorPhrases.Of(
                truth,
                alsoTrue,
                SplitMix64.OfStream(seed, (ulong)i).Next()
            );
            if (distractors.Count > 0)
            {
                questions.Add(new Question(cases[i], truth.Text, distractors));
            }
        }

        if (questions.Count == 0)
        {
            throw new InputException(
                $"{_request.Source.Annotations}: no phrase has a distractor; `alignment` needs phrases of the eight pathologies"
            );
        }

        int leftOut = cases.Length - questions.Count;
        return (_request.Limit > 0 ? [.. questions.Take(_request.Limit)] : questions, leftOut);
    }

    private AlignedPhrase Compare(ClassificationModel model, Question question)
    {
        Radiograph radiograph = _images.Read(question.Case);
        ImageTransform transform = model.TransformOf(radiograph.Image);
        GraphTensor latents = model.Encode(radiograph.Image, transform, _cancellationToken);
        float[] inBoxes = CellWeights.Of(question.Case.Boxes, transform, new GridSize((int)latents.Shape[2], (int)latents.Shape[3]));
        IReadOnlyList<float[]> contexts = ClassifierPrompt.Encode(model.Model, model.Pipeline, question.Phrases, _cancellationToken);
        IReadOnlyList<float[]> errors = model.Errors.Maps(latents, contexts, question.Case.ImageId, _cancellationToken);
        (double Image, double? Boxes)[] means =
        [
            .. errors.Select(error => (CellWeights.Mean(error, null)!.Value, CellWeights.Mean(error, inBoxes))),
        ];
        return new AlignedPhrase(
            question.Case.ImageId,
            question.Truth,
            question.Case.CategoryName,
            means[0].Image,
            means[0].Boxes,
            [
                .. question.Distractors.Select(
                    (distractor, i) =>
                        new AlignedDistractor(NameOf(distractor.Kind), distractor.Prompt.Text, means[i + 1].Image, means[i + 1].Boxes)
                ),
            ]
        );
    }

    private static IEnumerable<AlignmentAccuracy> Accuracies(IReadOnlyList<AlignedPhrase> rows, Bootstrap bootstrap)
    {
        foreach (
            (string region, Func<AlignedPhrase, double?> right, Func<AlignedDistractor, double?> wrong) in (IEnumerable<(
                string,
                Func<AlignedPhrase, double?>,
                Func<AlignedDistractor, double?>
            )>)
                [("image", row => row.ImageError, row => row.ImageError), ("boxes", row => row.BoxError, row => row.BoxError)]
        )
        {
            foreach (string against in (string[])[All, .. Enum.GetValues<DistractorKind>().Select(NameOf)])
            {
                (AlignedPhrase Row, AlignedDistractor[] Wrong)[] asked =
                [
                    .. rows.Where(row => right(row) is not null)
                        .Select(row => (row, row.Distractors.Where(distractor => against == All || distractor.Kind == against).ToArray()))
                        .Where(pair => pair.Item2.Length > 0),
                ];
                if (asked.Length > 0)
                {
                    // Equal errors are no answer: they count as wrong.
                    double[] hits = [.. asked.Select(pair => pair.Wrong.All(distractor => right(pair.Row) < wrong(distractor)) ? 1.0 : 0)];
                    yield return new AlignmentAccuracy(
                        region,
                        against,
                        hits.Length,
                        Interval.Of(bootstrap.Mean(hits)),
                        asked.Average(pair => 1.0 / (1 + pair.Wrong.Length))
                    );
                }
            }
        }
    }

    private static string NameOf(DistractorKind kind) => kind.ToString().ToLowerInvariant();

    private sealed record Question(
        EvaluationCase Case,
        string Truth,
        IReadOnlyList<(DistractorKind Kind, StandardPrompt Prompt)> Distractors
    )
    {
        public IReadOnlyList<string> Phrases => [Truth, .. Distractors.Select(distractor => distractor.Prompt.Text)];
    }
}
