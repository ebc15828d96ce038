using System.CommandLine;
using CxrOnnx.CommandLine;
using CxrOnnx.Core;
using CxrOnnx.Evaluation.Batches;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Methods;
using CxrOnnx.Workflows.Batch;

namespace CxrOnnx.Commands;

/// <summary>What <c>cxr batch</c> takes of an annotated data set instead of a manifest; the options of <c>cxr evaluate</c>.</summary>
internal sealed class BatchDatasetOptions
{
    private readonly Option<string?> _dataset = new("--dataset")
    {
        Description =
            $"Ground the phrases of an annotated data set, as cxr evaluate does: one of {string.Join(", ", EvaluationDataset.KnownNames)}.",
        HelpName = "NAME",
    };
    private readonly Option<string?> _annotations = new("--annotations")
    {
        Description = "The data set's CSV file; with --dataset.",
        HelpName = "FILE",
    };
    private readonly Option<string?> _images = new("--images")
    {
        Description = "Folder with the data set's images; with --dataset.",
        HelpName = "DIR",
    };
    private readonly Option<string?> _sizes = CommonEvaluationOptions.Sizes();
    private readonly Option<string?> _atlas = CommonEvaluationOptions.Atlas();
    private readonly Option<PromptForm> _prompts = CommonEvaluationOptions.Prompts();
    private readonly Option<string?> _reports = CommonEvaluationOptions.Reports();
    private readonly Option<int?> _frame = CommonOptions.Frame();

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_dataset, _annotations, _images, _sizes, _atlas, _prompts, _reports, _frame])
        {
            command.Options.Add(option);
        }
    }

    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_dataset) is not null;

    /// <summary>The batch's images and phrases.</summary>
    /// <exception cref="InputException">Neither or both of manifest and data set are given, or one of its options without it.</exception>
    public IBatchSource Source(ParseResult parsed, string? manifest)
    {
        if (parsed.GetValue(_dataset) is not { } dataset)
        {
            Option? lost = Array.Find<Option>(
                [_annotations, _images, _sizes, _atlas, _prompts, _reports, _frame],
                option => parsed.GetResult(option) is { Implicit: false }
            );
            return lost is not null ? throw new InputException($"{lost.Name} belongs to --dataset NAME, which is not given")
                : manifest is null
                    ? throw new InputException("nothing to ground: give a manifest, or --dataset, --annotations and --images")
                : new BatchManifest(manifest);
        }

        if (manifest is not null)
        {
            throw new InputException($"{manifest}: a manifest and --dataset {dataset} are two batches; give one of them");
        }

        return parsed.GetValue(_annotations) is { } annotations && parsed.GetValue(_images) is { } images
            ? new DatasetBatch(dataset, annotations, images)
            {
                Sizes = parsed.GetValue(_sizes),
                Atlas = parsed.GetValue(_atlas),
                Prompts = parsed.GetValue(_prompts),
                Reports = parsed.GetValue(_reports),
                Frame = parsed.GetValue(_frame),
            }
            : throw new InputException($"--dataset {dataset} needs --annotations FILE and --images DIR");
    }
}
