using System.Globalization;
using System.Text;
using System.Text.Json;
using CxrOnnx.CommandLine;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Evaluation;
using CxrOnnx.Evaluation.Generalised;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Confidence;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Workflows.Journals;

namespace CxrOnnx.Lab.Confidence;

/// <summary>
/// Carries out <c>cxr-lab calibrate</c>: asks images for supported and unsupported phrases, learns a confidence model and measures it.
/// </summary>
public sealed class CalibrationRun
{
    private const string Definition =
        "supported: a finding of the image has the phrase's pathology and its very locations; unsupported: no box of a finding of that "
        + "pathology, or of one that may be the same, "
        + "touches the average region of any of its locations; all else was left out. Unsupported phrases are findings of other images, "
        + "as often as they occur, and the image's own "
        + "findings with another side, height or pathology. Supported and unsupported phrases weigh the same in sum.";

    // Evaluations per call on a CPU.
    private const int Batch = 8;

    private readonly CalibrationRequest _request;
    private readonly CancellationToken _cancellationToken;

    /// <summary>Prepares a run.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="cancellationToken">Stops between two operators of a graph.</param>
    /// <exception cref="InputException">A number is out of range.</exception>
    public CalibrationRun(CalibrationRequest request, CancellationToken cancellationToken)
    {
        _request = request.Checked();
        _cancellationToken = cancellationToken;
    }

    /// <summary>Calibrates.</summary>
    /// <param name="path">The file to write; pictures of the ROC curves and a table of all cases go beside it.</param>
    /// <param name="output">For progress.</param>
    /// <returns>The calibration, as written.</returns>
    /// <exception cref="CxrOnnxException">The bundle or the data cannot be used.</exception>
    public ConfidenceCalibration Execute(string path, CommandOutput output)
    {
        using Bundle bundle = Bundle.Open(_request.Bundle);
        string weights =
            BundleLayout.WeightsOf(bundle.Manifest)?.Sha256
            ?? throw new InputException($"{_request.Bundle}: has no weight file, by which a calibration knows its model; export it again");
        using GroundingModel model = GroundingModel.Load(bundle);
        NoiseProbe probe = NoiseProbe.Spread(
            _request.NoisePairs,
            _request.NoiseRange,
            model.Schedule.NumTrainTimesteps,
            (long)_request.Seed
        );
        CalibrationSet[] sets =
        [
            .. _request.Sets.Select(set => new CalibrationSet(_request.SourceOf(set.Annotations), set.Images, model.Atlas, _request.Seed)),
        ];
        (string Name, CalibrationSet Set)[] tests = [.. _request.Tests.Select(test => (test.Name!, Open(test, model)))];
        string[] twice = [.. tests.SelectMany(test => test.Set.ImageIds).Intersect(sets.SelectMany(set => set.ImageIds)).Take(1)];
        if (twice.Length > 0)
        {
            throw new InputException($"--test: image {twice[0]} is among those that the calibration learns from; test on other patients");
        }

        Check([.. sets, .. tests.Select(test => test.Set)]);
        string[]? references =
            _request.References > 0
                ? ReferenceChoice.Of(sets.SelectMany(set => set.UsualPhrases), _request.References, PhraseEncoder.Open(bundle))
                : null;
        using RunJournal journal = RunJournal.Open(
            Path.ChangeExtension(path, "progress.jsonl"),
            Binding(model, weights, probe, references)
        );
        if (journal.Before > 0)
        {
            output.Note(
                string.Create(CultureInfo.InvariantCulture, $"{journal.Before} images of an earlier run are taken over (progress.jsonl)")
            );
        }

        SupportProbe asking = new(model, probe, SupportProbe.BatchOn(model, Batch, new GroundingOptions().MemoryBudgetMebibytes));
        ReferencePhrases? compared = references is null ? null : new ReferencePhrases(model, asking, references);
        CalibrationProbing probing = new(model, asking, compared, journal, _cancellationToken);
        CalibrationCases learned = probing.Ask(sets, mirrored: false, "asking the calibration set", output);
        int images = learned.Cases.Select(item => item.ImageId).Distinct().Count();
        if (images < _request.Folds * 2)
        {
            throw new InputException(
                $"{_request.Sets[0].Annotations}: {images} images with phrases; {_request.Folds} folds need at least {_request.Folds * 2}"
            );
        }

        CalibrationCases[] measured =
        [
            .. tests.Select(test => probing.Ask([test.Set], mirrored: true, $"asking test set {test.Name}", output)),
        ];
        ImageErrorRange familiar = CalibrationFit.Images(learned.Cases);
        (ConfidenceModel fitted, double[] heldOut) = CalibrationFit.Fit(learned.Cases, _request, familiar);
        List<ScoredCases> results =
        [
            new(fitted.Figures[0].Name, learned, heldOut),
            .. tests.Select(
                (test, t) =>
                    new ScoredCases(test.Name, measured[t], [.. measured[t].Cases.Select(item => fitted.Assess(item.Features).Probability)])
            ),
        ];
        fitted = fitted with
        {
            Figures =
            [
                .. fitted.Figures,
                .. results
                    .Skip(1)
                    .Select(result =>
                        CalibrationFigures.Of(
                            result.Name,
                            result.Asked.Cases,
                            result.Probabilities,
                            fitted.Thresholds,
                            familiar,
                            result.Asked.MirrorFigures(fitted),
                            _request.Bootstrap
                        )
                    ),
            ],
        };
        ConfidenceCalibration calibration = new()
        {
            SchemaVersion = ConfidenceCalibration.CurrentSchemaVersion,
            CreatedBy = ToolVersion.Lab,
            WeightsSha256 = weights,
            Data = new CalibrationData(
                string.Join(
                    "; ",
                    sets.Select(
                        (set, i) =>
                            $"{Path.GetFileName(_request.Sets[i].Annotations)}: {set.ImageIds.Count} images, {set.ImageIds[0]} to "
                            + $"{set.ImageIds[^1]}"
                    )
                ),
                Definition,
                images,
                learned.Cases.Count(item => item.IsSupported),
                learned.Cases.Count(item => !item.IsSupported),
                _request.Seed,
                _request.Folds,
                _request.Ridge
            ),
            Probe = probe,
            References = references,
            ImageError = familiar,
            Model = fitted,
        };
        AtomicFile.WriteText(Path.ChangeExtension(path, "cases.csv"), Table(fitted.Thresholds, results));
        Plot(Path.ChangeExtension(path, "roc.png"), bundle.Manifest.Model.Name, fitted, results);
        ConfidenceFile.Write(path, calibration);
        journal.Finish();
        return calibration;
    }

    /// <summary>A damaged last image is not found after hours spent on the others.</summary>
    private void Check(IReadOnlyList<CalibrationSet> sets)
    {
        InputProblems problems = new();
        foreach (CalibrationSet set in sets)
        {
            foreach (string id in set.ImageIds)
            {
                _cancellationToken.ThrowIfCancellationRequested();
                problems.Try(() => set.Check(id));
            }
        }

        problems.ThrowIfAny("nothing was computed");
    }

    /// <summary>Everything that decides what an image gives, but the image.</summary>
    private Dictionary<string, string> Binding(GroundingModel model, string weights, NoiseProbe probe, string[]? references)
    {
        Dictionary<string, string> binding = new()
        {
            ["program"] = ToolVersion.Lab,
            ["weights"] = weights,
            ["dataset"] = _request.Dataset,
            ["provider"] = model.Provider.Name,
            ["noise"] = FormattableString.Invariant($"steps {string.Join(", ", probe.Timesteps)}, seed {probe.Seed}"),
            ["references"] = string.Join(", ", references ?? []),
            ["seed"] = _request.Seed.ToString(CultureInfo.InvariantCulture),
        };
        foreach ((int i, (string annotations, _)) in _request.Sets.Index())
        {
            binding[FormattableString.Invariant($"annotations {i + 1}")] = _request.SourceOf(annotations).Fingerprint();
        }

        foreach (NamedPath test in _request.Tests)
        {
            binding[$"test {test.Name}"] = Sha256.OfFile(test.Path)[..16];
        }

        return binding;
    }

    private CalibrationSet Open(NamedPath test, GroundingModel model) =>
        new(_request.SourceOf(test.Path), Path.GetDirectoryName(Path.GetFullPath(test.Path))!, model.Atlas, _request.Seed);

    private static string Table(ConfidenceThresholds thresholds, List<ScoredCases> results)
    {
        IEnumerable<string> names = SupportFeatures.Names.Take(results[0].Asked.Cases[0].Features.Count);
        StringBuilder table = new($"set,image,phrase,truth,probability,region,image_error,{string.Join(',', names)}\n");
        foreach (ScoredCases result in results)
        {
            foreach ((int i, CalibrationCase item) in result.Asked.Cases.Index())
            {
                double p = result.Probabilities[i];
                string region = JsonNamingPolicy.SnakeCaseLower.ConvertName(thresholds.RegionOf(p).ToString());
                table.Append(
                    CultureInfo.InvariantCulture,
                    $"{result.Name},{item.ImageId},{item.Prompt.Text},{CalibrationFigures.NameOf(item.Truth)},"
                        + $"{p:0.######},{region},{item.ImageError:0.######},"
                );
                table.AppendJoin(',', item.Features.Select(value => value.ToString("R", CultureInfo.InvariantCulture))).Append('\n');
            }
        }

        return table.ToString();
    }

    private static void Plot(string path, string title, ConfidenceModel model, List<ScoredCases> results) =>
        RocPlot.Write(
            path,
            $"Does the image support the phrase? {title}",
            [
                .. results.Zip(
                    model.Figures,
                    (result, figures) =>
                        (
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"{(figures == model.Figures[0] ? figures.Name : $"test set {figures.Name}")}: AUROC "
                                    + $"{figures.Auroc.Value:0.00} [{figures.Auroc.Ci95[0]:0.00}, {figures.Auroc.Ci95[1]:0.00}], "
                                    + $"{figures.Supported} + {figures.Unsupported} phrases"
                            ),
                            result.Scores(supported: true),
                            result.Scores(supported: false),
                            model.Thresholds.NoRegion
                        )
                ),
            ]
        );

    private sealed record ScoredCases(string Name, CalibrationCases Asked, double[] Probabilities)
    {
        public double[] Scores(bool supported) =>
            [.. Asked.Cases.Zip(Probabilities).Where(pair => pair.First.IsSupported == supported).Select(pair => pair.Second)];
    }
}
