using System.CommandLine;
using CxrOnnx.CommandLine;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Evaluation.Classification;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Workflows;

namespace CxrOnnx.Commands;

/// <summary>
/// <c>cxr classify</c>: a bundle as a zero-shot diffusion classifier, and how well it tells right phrases from wrong ones.
/// </summary>
public static class ClassifyCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        ClassifyRequest defaults = new()
        {
            Source = new DatasetSource("", ""),
            Images = "",
            Bundle = "",
            Folder = "",
        };
        DatasetOptions dataset = new();
        Option<string> images = new("--images")
        {
            Description = "Folder with the images.",
            Required = true,
            HelpName = "DIR",
        };
        Option<int?> frame = CommonOptions.Frame();
        Option<string?> bundle = CommonOptions.Bundle();
        Option<bool> alignment = new("--alignment")
        {
            Description = "Instead of classifying: how often each annotated phrase beats one with another side, zone or pathology.",
        };
        Option<string> positive = new("--positive")
        {
            Description = "Phrase of the positive class.",
            DefaultValueFactory = _ => defaults.Positive,
            HelpName = "PHRASE",
        };
        Option<string> negative = new("--negative")
        {
            Description = "Phrase of the negative class; \"\" is the empty prompt.",
            DefaultValueFactory = _ => defaults.Negative,
            HelpName = "PHRASE",
        };
        Option<string?> category = new("--category")
        {
            Description = "Class of the annotations whose images are the positives (default: the positive phrase).",
            HelpName = "NAME",
        };
        Option<string?> negatives = new("--negatives")
        {
            Description =
                "CSV file with more images (image_id or dicom_id), or CheXpert's labels by study (mimic-cxr-2.0.0-chexpert.csv); plain or "
                + "packed. Those without a box of the class are negatives, besides the annotated images.",
            HelpName = "FILE",
        };
        Option<string?> metadata = new("--metadata")
        {
            Description = "MIMIC-CXR-JPG's metadata file, for negatives by study (default: looked for beside the images).",
            HelpName = "FILE",
        };
        Option<double?> split = new("--miou-split")
        {
            Description = "mIoU, 0 to 1, that separates the low and the high bin (default: the positives' median).",
            HelpName = "M",
        };
        Option<int> limit = new("--limit") { Description = "Images of each class (or phrases) at most; 0 = all.", HelpName = "N" };
        Option<int> samples = new("--samples")
        {
            Description = "Pairs of noise and time step per image.",
            DefaultValueFactory = _ => defaults.Errors.Samples,
            HelpName = "N",
        };
        Option<int[]> range = new("--time-range")
        {
            Description = "First and last (exclusive) training time step (default: all).",
            Arity = new ArgumentArity(2, 2),
            AllowMultipleArgumentsPerToken = true,
            HelpName = "A B",
        };
        Option<ulong> seed = new("--seed") { Description = "Seed of noise, time steps and resampling.", HelpName = "N" };
        Option<int> batch = new("--batch")
        {
            Description = "U-Net evaluations per call.",
            DefaultValueFactory = _ => defaults.Errors.Batch,
            HelpName = "N",
        };
        Option<int> bootstrap = CommonEvaluationOptions.Bootstrap();
        Option<string> preset = new("--preset")
        {
            Description = "Preset of the heatmaps.",
            DefaultValueFactory = _ => defaults.Preset,
            HelpName = "NAME",
        };
        Option<string> math = CommonOptions.Math();
        Option<string> provider = CommonOptions.Provider();
        Option<string?> library = CommonOptions.ProviderLibrary();
        Option<string> folder = new("--out")
        {
            Description = "Folder for classification.json and .md (or alignment.json and .md).",
            Required = true,
            HelpName = "DIR",
        };
        Option<bool> json = CommonOptions.Json();
        Command command = new(
            "classify",
            "Use a bundle as a zero-shot classifier, its errors weighted by heatmaps, or measure its text alignment."
        )
        {
            images,
            frame,
            bundle,
            alignment,
            positive,
            negative,
            category,
            negatives,
            metadata,
            split,
            limit,
            samples,
            range,
            seed,
            batch,
            bootstrap,
            preset,
            math,
            provider,
            library,
            folder,
            json,
        };
        dataset.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.Run(
                    () =>
                        Run(
                            new ClassifyRequest
                            {
                                Source = dataset.Read(parsed),
                                Images = parsed.GetRequiredValue(images),
                                Frame = parsed.GetValue(frame),
                                Bundle = BundleLocator.Find(parsed.GetValue(bundle)),
                                Preset = parsed.GetValue(preset)!,
                                Positive = parsed.GetValue(positive)!.Trim(),
                                Negative = parsed.GetValue(negative)!.Trim(),
                                Category = parsed.GetValue(category),
                                Negatives = parsed.GetValue(negatives),
                                Metadata = parsed.GetValue(metadata),
                                Split = parsed.GetValue(split),
                                Limit = parsed.GetValue(limit),
                                Errors = new DiffusionErrorSettings
                                {
                                    Samples = parsed.GetValue(samples),
                                    TimeRange = parsed.GetValue(range) is [var first, var end] ? (first, end) : (0, 0),
                                    Seed = parsed.GetValue(seed),
                                    Batch = parsed.GetValue(batch),
                                },
                                Resamples = parsed.GetValue(bootstrap),
                                Model = CommonOptions.Model(parsed, provider, library, math),
                                Folder = parsed.GetRequiredValue(folder),
                            },
                            parsed.GetValue(alignment),
                            CommandOutput.Of(parsed, json),
                            cancellationToken
                        ),
                    cancellationToken
                )
        );
        return command;
    }

    private static int Run(ClassifyRequest request, bool alignment, CommandOutput output, CancellationToken cancellationToken)
    {
        if (alignment)
        {
            AlignmentRun run = new(request, cancellationToken);
            AlignmentResult result = run.Execute(output);
            Write("alignment", ClassificationReport.ToJson(result), ClassificationReport.ToMarkdown(result));
            run.Finish();
            Show(ClassificationReport.AlignmentHeads, ClassificationReport.Rows(result), result.Notes, "alignment");
        }
        else
        {
            ClassifyRun run = new(request, cancellationToken);
            ClassificationResult result = run.Execute(output);
            Write("classification", ClassificationReport.ToJson(result), ClassificationReport.ToMarkdown(result));
            run.Finish();
            Show(ClassificationReport.ClassificationHeads, ClassificationReport.Rows(result), result.Notes, "classification");
        }

        return ExitCodes.Done;

        void Write(string name, string document, string markdown)
        {
            AtomicFile.WriteText(Path.Combine(request.Folder, $"{name}.json"), document + "\n");
            AtomicFile.WriteText(Path.Combine(request.Folder, $"{name}.md"), markdown);
            if (output.IsJson)
            {
                output.Document(document);
            }
        }

        void Show(IReadOnlyList<string> heads, IReadOnlyList<IReadOnlyList<string>> rows, IReadOnlyList<string> notes, string name)
        {
            output.Table(heads, rows);
            foreach (string note in notes)
            {
                output.Line(note);
            }

            output.Line($"results in {request.Folder}: {name}.json, {name}.md");
        }
    }
}
