using System.CommandLine;
using CxrOnnx.Core;
using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Commands;

/// <summary>The options that say which annotated data set, and which part of it.</summary>
internal sealed class DatasetOptions
{
    private readonly Option<string> _name = new("--dataset")
    {
        Description = $"Format of the annotations: {string.Join(", ", EvaluationDataset.KnownNames)}.",
        Required = true,
        HelpName = "NAME",
    };

    private readonly Option<string> _annotations = new("--annotations")
    {
        Description = "The data set's annotation file, CSV or JSON, plain or packed (.gz).",
        Required = true,
        HelpName = "FILE",
    };

    private readonly Option<string[]> _splits = new("--split")
    {
        Description =
            "Only these parts of the data set, by its column split (ms-cxr: train, val, test); loc: only phrases that name a place "
            + "(MS-CXR-loc).",
        HelpName = "NAME",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string?> _labels = new("--image-labels")
    {
        Description = "vindr-cxr: its labels of whole images (image_labels_test.csv), which give the class pneumonia.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _sizes = CommonEvaluationOptions.Sizes();

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_name);
        command.Options.Add(_annotations);
        command.Options.Add(_splits);
        command.Options.Add(_labels);
        command.Options.Add(_sizes);
    }

    /// <summary>What was given.</summary>
    /// <exception cref="InputException">A part is named by nothing.</exception>
    public DatasetSource Read(ParseResult parsed)
    {
        string[] given = parsed.GetValue(_splits) ?? [];
        string[] splits =
        [
            .. given.SelectMany(value => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)),
        ];
        return given.Length > 0 && splits.Length == 0
            ? throw new InputException("`split` is empty; name a part of the data set, or leave it out to take all")
            : new DatasetSource(parsed.GetRequiredValue(_name), parsed.GetRequiredValue(_annotations))
            {
                Splits = splits,
                ImageLabels = parsed.GetValue(_labels),
                Sizes = parsed.GetValue(_sizes),
            };
    }
}
