using System.Globalization;
using System.Text;
using System.Text.Json;
using CxrOnnx.Cli;
using CxrOnnx.Cli.Evaluation;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Grounding;

namespace CxrOnnx.Lab.Calibration;

/// <summary>Carries out <c>cxr-lab calibrate</c>: grounds supported and unsupported phrases, learns a confidence model per preset and measures it.</summary>
public sealed class CalibrationRun
{
    private const string Definition =
        "supported: a finding of the image has the phrase's pathology and its very locations; unsupported: no box of a finding of that pathology, or of one that may be the same, "
        + "touches the average region of any of its locations; all else was left out. Unsupported phrases are findings of other images, as often as they occur, and the image's own "
        + "findings with another side, height or pathology. Supported and unsupported phrases weigh the same in sum.";

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
        string weights = bundle.Manifest.Files.FirstOrDefault(file => file.Path == ConfidenceCalibration.WeightFile)?.Sha256
            ?? throw new InputException($"{_request.Bundle}: has no {ConfidenceCalibration.WeightFile}, by which a calibration knows its model; export it again");
        using GroundingModel model = GroundingModel.Load(bundle);
        string[] presets = _request.Presets.Count > 0 ? [.. _request.Presets] : [.. bundle.Manifest.Presets.Keys];
        Grounder[] grounders = [.. presets.Select(preset => new Grounder(model, new GroundingOptions { Preset = preset }))];
        CalibrationSet[] sets = [.. _request.Sets.Select(set => new CalibrationSet(set.Annotations, set.Images, model.Atlas, _request.Seed))];
        (string Name, CalibrationSet Set)[] tests = [.. _request.Tests.Select(test => (test.Name!, Open(test, model)))];
        string[] twice = [.. tests.SelectMany(test => test.Set.ImageIds).Intersect(sets.SelectMany(set => set.ImageIds)).Take(1)];
        if (twice.Length > 0) throw new InputException($"--test: image {twice[0]} is among those that the calibration learns from; test on other patients");

        CalibrationGrounding grounding = new(grounders, _cancellationToken);
        IReadOnlyList<CalibrationCases> learned = grounding.Ground(sets, mirrored: false, "grounding the calibration set", output);
        int images = learned[0].Cases.Select(item => item.ImageId).Distinct().Count();
        if (images < _request.Folds * 2)
        {
            throw new InputException($"{_request.Sets[0].Annotations}: {images} images with phrases; {_request.Folds} folds need at least {_request.Folds * 2}");
        }

        IReadOnlyList<CalibrationCases>[] measured =
            [.. tests.Select(test => grounding.Ground([test.Set], mirrored: true, $"grounding test set {test.Name}", output))];
        Dictionary<string, ConfidenceModel> models = [];
        StringBuilder table = new($"set,preset,image,phrase,truth,probability,region,{string.Join(',', SupportFeatures.Names)}\n");
        for (int p = 0; p < presets.Length; p++)
        {
            (ConfidenceModel fitted, double[] heldOut) = CalibrationFit.Fit(learned[p].Cases, _request);
            List<ScoredCases> results =
            [
                new(fitted.Figures[0].Name, learned[p], heldOut),
                .. tests.Select((test, t) => new ScoredCases(
                    test.Name, measured[t][p], [.. measured[t][p].Cases.Select(item => fitted.Assess(item.Prompt, item.Features).Probability)])),
            ];
            models[presets[p]] = fitted with
            {
                Figures =
                [
                    .. fitted.Figures,
                    .. results.Skip(1).Select(result => CalibrationFigures.Of(
                        result.Name, result.Grounded.Cases, result.Probabilities, fitted.Thresholds, result.Grounded.Mirrored, _request.Bootstrap)),
                ],
            };
            Append(table, presets[p], fitted.Thresholds, results);
            Plot(Path.ChangeExtension(path, $"{presets[p]}.roc.png"), $"{bundle.Manifest.Model.Name}, preset {presets[p]}", models[presets[p]], results);
        }

        ConfidenceCalibration calibration = new()
        {
            SchemaVersion = ConfidenceCalibration.CurrentSchemaVersion,
            CreatedBy = ToolVersion.Text,
            WeightsSha256 = weights,
            Data = new CalibrationData(
                string.Join("; ", sets.Select((set, i) => $"{Path.GetFileName(_request.Sets[i].Annotations)}: {set.ImageIds.Count} images, {set.ImageIds[0]} to {set.ImageIds[^1]}")),
                Definition,
                images,
                learned[0].Cases.Count(item => item.IsSupported),
                learned[0].Cases.Count(item => !item.IsSupported),
                _request.Seed,
                _request.Folds,
                _request.Ridge),
            Presets = models,
        };
        AtomicFile.WriteText(Path.ChangeExtension(path, "cases.csv"), table.ToString());
        ConfidenceFile.Write(path, calibration);
        return calibration;
    }

    private CalibrationSet Open(NamedPath test, GroundingModel model) =>
        new(test.Path, Path.GetDirectoryName(Path.GetFullPath(test.Path))!, model.Atlas, _request.Seed);

    private static void Append(StringBuilder table, string preset, ConfidenceThresholds thresholds, List<ScoredCases> results)
    {
        foreach (ScoredCases result in results)
        {
            foreach ((int i, CalibrationCase item) in result.Grounded.Cases.Index())
            {
                double p = result.Probabilities[i];
                string region = JsonNamingPolicy.SnakeCaseLower.ConvertName(thresholds.RegionOf(p).ToString());
                table.Append(
                    CultureInfo.InvariantCulture,
                    $"{result.Name},{preset},{item.ImageId},{item.Prompt.Text},{CalibrationFigures.NameOf(item.Truth)},{p:0.######},{region},");
                table.AppendJoin(',', item.Features.Select(value => value.ToString("R", CultureInfo.InvariantCulture))).Append('\n');
            }
        }
    }

    private static void Plot(string path, string title, ConfidenceModel model, List<ScoredCases> results) => RocPlot.Write(
        path,
        $"Does the image support the phrase? {title}",
        [
            .. results.Zip(model.Figures, (result, figures) => (
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{(figures == model.Figures[0] ? figures.Name : $"test set {figures.Name}")}: AUROC {figures.Auroc.Value:0.00} [{figures.Auroc.Ci95[0]:0.00}, {figures.Auroc.Ci95[1]:0.00}], {figures.Supported} + {figures.Unsupported} phrases"),
                result.Scores(supported: true),
                result.Scores(supported: false),
                model.Thresholds.NoRegion)),
        ]);

    private sealed record ScoredCases(string Name, CalibrationCases Grounded, double[] Probabilities)
    {
        public double[] Scores(bool supported) =>
            [.. Grounded.Cases.Zip(Probabilities).Where(pair => pair.First.IsSupported == supported).Select(pair => pair.Second)];
    }
}
