using System.CommandLine;
using System.Globalization;
using CxrOnnx.CommandLine;
using CxrOnnx.Core;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Evaluation;
using CxrOnnx.Lab.Confidence;

namespace CxrOnnx.Lab.Commands;

/// <summary><c>cxr-lab calibrate</c>: learns, from exhaustively annotated images, how likely an image supports a phrase.</summary>
public static class CalibrateCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        CalibrationRequest defaults = new() { Bundle = "", Sets = [] };
        Option<string> bundle = new("--bundle") { Description = "The bundle to calibrate (folder or .cxrb)", Required = true };
        Option<string[]> annotations = new("--annotations")
        {
            Description = "Annotations that are exhaustive: a phantom's ms-cxr.csv, or VinDr-CXR's; what they do not name counts as absent",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        Option<string> dataset = new("--dataset")
        {
            Description = "Format of all annotation files: phantom or vindr-cxr",
            DefaultValueFactory = _ => defaults.Dataset,
        };
        Option<string?> labels = new("--image-labels")
        {
            Description = "vindr-cxr: its labels of whole images, which give the class pneumonia",
        };
        Option<string[]> images = new("--images")
        {
            Description = "Folder with the images of each annotation file, in the same order (default: the file's own folder)",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<string[]> tests = new("--test")
        {
            Description = "Further annotations, as NAME=FILE with the images in the file's folder, that are only measured",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<int> pairs = new("--noise-pairs")
        {
            Description =
                "Pairs of opposite noises that an image is asked with; each costs two U-Net evaluations per phrase, and two per image",
            DefaultValueFactory = _ => defaults.NoisePairs,
        };
        Option<double[]> range = new("--noise-range")
        {
            Description = "Time steps of the noise, as shares of all: first and end",
            Arity = new ArgumentArity(2, 2),
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [defaults.NoiseRange.First, defaults.NoiseRange.End],
        };
        Option<int> references = new("--references")
        {
            Description =
                "Usual phrases that every image is asked for too, to compare others with; each costs as much as a phrase, once per image. "
                + "0 = none",
            DefaultValueFactory = _ => defaults.References,
        };
        Option<FileInfo> output = new("--out")
        {
            Description = "The calibration to write (confidence.json); the ROC curves (.roc.png) and all cases (.cases.csv) go beside it",
            Required = true,
        };
        Option<double> sensitivity = new("--sensitivity")
        {
            Description = "Share of the supported phrases that keep a region",
            DefaultValueFactory = _ => defaults.Sensitivity,
        };
        Option<double> specificity = new("--specificity")
        {
            Description = "Share of the unsupported phrases that are not called supported",
            DefaultValueFactory = _ => defaults.Specificity,
        };
        Option<double> ridge = new("--ridge")
        {
            Description = "Penalty of the logistic regression on standardised features",
            DefaultValueFactory = _ => defaults.Ridge,
        };
        Option<int> folds = new("--folds")
        {
            Description = "Folds of the cross-validation by patient",
            DefaultValueFactory = _ => defaults.Folds,
        };
        Option<int> resamples = new("--bootstrap")
        {
            Description = "Resamples for the intervals",
            DefaultValueFactory = _ => defaults.Resamples,
        };
        Option<ulong> seed = new("--seed")
        {
            Description = "Seed of the unsupported phrases and of the intervals",
            DefaultValueFactory = _ => defaults.Seed,
        };
        Command command = new(
            "calibrate",
            "Learn how likely an image supports a phrase, from annotated images; 'export --confidence' puts it into the bundle."
        )
        {
            bundle,
            annotations,
            dataset,
            labels,
            images,
            tests,
            pairs,
            range,
            references,
            output,
            sensitivity,
            specificity,
            ridge,
            folds,
            resamples,
            seed,
        };
        command.SetAction(
            (parse, cancellation) =>
                Task.Run(
                    () =>
                    {
                        CalibrationRequest request = new()
                        {
                            Bundle = parse.GetRequiredValue(bundle),
                            Dataset = parse.GetValue(dataset)!,
                            ImageLabels = parse.GetValue(labels),
                            Sets = Sets(parse.GetRequiredValue(annotations), parse.GetValue(images) ?? []),
                            Tests = [.. (parse.GetValue(tests) ?? []).Select(NamedPath.Parse)],
                            NoisePairs = parse.GetValue(pairs),
                            NoiseRange = parse.GetValue(range) is [var first, var end] ? (first, end) : defaults.NoiseRange,
                            References = parse.GetValue(references),
                            Sensitivity = parse.GetValue(sensitivity),
                            Specificity = parse.GetValue(specificity),
                            Ridge = parse.GetValue(ridge),
                            Folds = parse.GetValue(folds),
                            Resamples = parse.GetValue(resamples),
                            Seed = parse.GetValue(seed),
                        };
                        string path = parse.GetRequiredValue(output).FullName;
                        CommandOutput console = CommandOutput.Of(parse);
                        Report(new CalibrationRun(request, cancellation).Execute(path, console), path, console);
                        return ExitCodes.Done;
                    },
                    cancellation
                )
        );
        return command;
    }

    private static (string, string)[] Sets(string[] annotations, string[] images)
    {
        if (images.Length != 0 && images.Length != annotations.Length)
        {
            throw new InputException(
                $"--images: {images.Length} folders for {annotations.Length} annotation files; give one each, or none where the images "
                    + $"lie beside the annotations"
            );
        }

        return [.. annotations.Select((file, i) => (file, images.Length > 0 ? images[i] : Path.GetDirectoryName(Path.GetFullPath(file))!))];
    }

    private static void Report(ConfidenceCalibration calibration, string path, CommandOutput output)
    {
        output.Line(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{calibration.Data.Images} images, {calibration.Data.Supported} supported and {calibration.Data.Unsupported} "
                    + $"unsupported phrases"
            )
        );
        output.Table(
            [
                "set",
                "phrases",
                "AUROC",
                "against",
                "same phrase",
                "Brier",
                "supported: shown / kept",
                "unsupported: shown / withheld",
                "unfamiliar images",
                "mirrored: sides flip",
            ],
            [
                .. calibration.Model.Figures.Select(figures =>
                    (IReadOnlyList<string>)
                        [
                            figures.Name,
                            string.Create(CultureInfo.InvariantCulture, $"{figures.Supported} + {figures.Unsupported}"),
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"{figures.Auroc.Value:0.000} [{figures.Auroc.Ci95[0]:0.000}, {figures.Auroc.Ci95[1]:0.000}]"
                            ),
                            string.Join(
                                ", ",
                                figures.Kinds.Select(kind =>
                                    string.Create(CultureInfo.InvariantCulture, $"{kind.Kind.Replace('_', ' ')} {kind.Auroc.Value:0.000}")
                                )
                            ),
                            figures.SamePhrase.Share is { } share
                                ? string.Create(CultureInfo.InvariantCulture, $"{share:0.000} of {figures.SamePhrase.Pairs}")
                                : "",
                            string.Create(CultureInfo.InvariantCulture, $"{figures.Brier:0.000}"),
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"{figures.States.SupportedAsSupported:0.00} / {1 - figures.States.SupportedAsNoRegion:0.00}"
                            ),
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"{figures.States.UnsupportedAsSupported:0.00} / {figures.States.UnsupportedAsNoRegion:0.00}"
                            ),
                            string.Create(CultureInfo.InvariantCulture, $"{figures.UnfamiliarImages:0.00}"),
                            figures.Mirrored is { } mirrored
                                ? string.Create(
                                    CultureInfo.InvariantCulture,
                                    $"{mirrored.Flipped:0.00} of {mirrored.Phrases} (right {mirrored.OwnSide:0.00}, mirrored "
                                        + $"{mirrored.OtherSideMirrored:0.00})"
                                )
                                : "",
                        ]
                ),
            ]
        );
        output.Line($"{path}; put it into the bundle with 'cxr-lab export ... --confidence'");
    }
}
