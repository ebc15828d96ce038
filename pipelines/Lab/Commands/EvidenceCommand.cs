using System.CommandLine;
using System.Globalization;
using CxrOnnx.CommandLine;
using CxrOnnx.Core.Evidence;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Evidence;

namespace CxrOnnx.Lab.Commands;

/// <summary><c>cxr-lab evidence</c>: learns, from annotated images, what joins attention and noise prediction to evidence maps.</summary>
public static class EvidenceCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        EvidenceRequest defaults = new()
        {
            Bundle = "",
            Dataset = "",
            Annotations = "",
            Images = "",
        };
        Option<string> bundle = new("--bundle") { Description = "The bundle (folder or .cxrb)", Required = true };
        Option<string> dataset = new("--dataset")
        {
            Description = $"Format of the annotations: {string.Join(", ", EvaluationDataset.KnownNames)}",
            DefaultValueFactory = _ => "phantom",
        };
        Option<string> annotations = new("--annotations")
        {
            Description = "Annotated boxes of phrases, none of them of test images",
            Required = true,
        };
        Option<string> images = new("--images") { Description = "Folder with the images (default: the folder of the annotations)" };
        Option<string> preset = new("--preset")
        {
            Description = "Preset whose attention is used",
            DefaultValueFactory = _ => defaults.Preset,
        };
        Option<int> pairs = new("--noise-pairs")
        {
            Description = "Pairs of opposite noises, where the bundle has no confidence whose noise is shared",
            DefaultValueFactory = _ => defaults.NoisePairs,
        };
        Option<double> smoothing = new("--smoothing")
        {
            Description = "Standard deviation of the smoothing, as a share of the latents' side",
            DefaultValueFactory = _ => defaults.Smoothing,
        };
        Option<double> exponent = new("--exponent")
        {
            Description = "Power of the probability before the min-max; below 1 the inside of a region is more even",
            DefaultValueFactory = _ => defaults.Exponent,
        };
        Option<int> folds = new("--folds")
        {
            Description = "Folds of the cross-validation by image",
            DefaultValueFactory = _ => defaults.Folds,
        };
        Option<int?> imagesAtOnce = CommonOptions.ImagesAtOnce();
        Option<FileInfo> output = new("--out")
        {
            Description = "The file to write (evidence.json), for 'export --evidence'",
            Required = true,
        };
        Option<bool> attach = new("--attach") { Description = "Also put the preset 'evidence' into the bundle; its id stays" };
        Command command = new(
            "evidence",
            "Learn the evidence maps of a bundle from annotated images; 'export --evidence' or --attach makes them its preset 'evidence'."
        )
        {
            bundle,
            dataset,
            annotations,
            images,
            preset,
            pairs,
            smoothing,
            exponent,
            folds,
            imagesAtOnce,
            output,
            attach,
        };
        command.SetAction(
            (parse, cancellation) =>
                Task.Run(
                    () =>
                    {
                        string file = parse.GetRequiredValue(annotations);
                        EvidenceRequest request = new()
                        {
                            Bundle = parse.GetRequiredValue(bundle),
                            Dataset = parse.GetRequiredValue(dataset),
                            Annotations = file,
                            Images = parse.GetValue(images) ?? Path.GetDirectoryName(Path.GetFullPath(file))!,
                            Preset = parse.GetRequiredValue(preset),
                            NoisePairs = parse.GetValue(pairs),
                            Smoothing = parse.GetValue(smoothing),
                            Exponent = parse.GetValue(exponent),
                            Folds = parse.GetValue(folds),
                            ImagesAtOnce = parse.GetValue(imagesAtOnce),
                        };
                        string path = parse.GetRequiredValue(output).FullName;
                        CommandOutput console = CommandOutput.Of(parse);
                        EvidenceFile learned = EvidenceRun.Execute(request, path, console, cancellation);
                        if (parse.GetValue(attach))
                        {
                            EvidencePreset.Attach(request.Bundle, learned, path);
                            console.Line(
                                $"{request.Bundle}: has the preset '{EvidencePreset.Name}'; its model card and golden cases, of which the "
                                    + "id is made, stay as they were ('export --evidence' writes both)"
                            );
                        }

                        Report(learned, path, console);
                        return ExitCodes.Done;
                    },
                    cancellation
                )
        );
        return command;
    }

    private static void Report(EvidenceFile learned, string path, CommandOutput output)
    {
        output.Line($"learned from {learned.Recipe.LearnedFrom}; on images that a fold did not learn from:");
        output.Table(
            ["map", "CNR", "mIoU, %", "AUROC", "peak in a box"],
            [.. new[] { "attention", "evidence" }.Select(name => Row(learned, name))]
        );
        output.Line(path);
    }

    private static IReadOnlyList<string> Row(EvidenceFile learned, string name) =>
        [
            name,
            learned.HeldOut[$"{name}_cnr"].ToString("0.00", CultureInfo.InvariantCulture),
            (100 * learned.HeldOut[$"{name}_miou"]).ToString("0.0", CultureInfo.InvariantCulture),
            learned.HeldOut[$"{name}_auroc"].ToString("0.000", CultureInfo.InvariantCulture),
            learned.HeldOut[$"{name}_peak_inside"].ToString("0.0 %", CultureInfo.InvariantCulture),
        ];
}
