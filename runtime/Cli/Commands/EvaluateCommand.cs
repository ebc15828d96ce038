using System.CommandLine;
using CxrOnnx.Cli.Evaluation;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Evaluation;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Grounding;

namespace CxrOnnx.Cli.Commands;

/// <summary><c>cxr evaluate</c>: how well bundles, other systems' heatmaps or boxes, and baselines find annotated phrases.</summary>
public static class EvaluateCommand
{
    private const int MostResamples = 1_000_000;

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Option<string> dataset = new("--dataset") { Description = "Format of the annotations: ms-cxr, vindr-cxr or phantom.", Required = true, HelpName = "NAME" };
        Option<string> annotations = new("--annotations") { Description = "The data set's CSV file.", Required = true, HelpName = "FILE" };
        Option<string?> images = new("--images") { Description = "Folder with the images; needed for --bundle and for pictures in the report.", HelpName = "DIR" };
        Option<string?> sizes = new("--image-sizes") { Description = "CSV file with image_id, width, height, where the annotations have no sizes.", HelpName = "FILE" };
        Option<string[]> bundles = Many("--bundle", "A bundle to evaluate.", "DIR");
        Option<string[]> heatmaps = Many("--heatmaps", "A folder of any system's heatmaps: heatmaps.csv and .npy files.", "DIR");
        Option<string[]> boxes = Many("--boxes", "A JSON file of any system's boxes (overlap only).", "FILE");
        Option<string[]> baselines = Many(
            "--baseline", "oracle (a Gaussian in each annotated box), prior (the atlas, without looking) or prior-wide (its Gaussians twice as wide).", "NAME");
        Option<string?> atlas = new("--atlas") { Description = "atlas.yaml for the prior and for synthetic phrases (default: the built-in estimate).", HelpName = "FILE" };
        Option<int> bootstrap = new("--bootstrap") { Description = "Resamples for the intervals.", DefaultValueFactory = _ => 10_000, HelpName = "N" };
        Option<ulong> seed = new("--seed") { Description = "Seed of the resampling.", DefaultValueFactory = _ => 0, HelpName = "N" };
        Option<string> preset = new("--preset") { Description = "One of the bundles' presets.", DefaultValueFactory = _ => "exact", HelpName = "NAME" };
        Option<string> provider = CommonOptions.Provider();
        Option<string?> library = CommonOptions.ProviderLibrary();
        Option<string> folder = new("--out") { Description = "Folder for evaluation.json, evaluation.md and evaluation.html.", Required = true, HelpName = "DIR" };
        Option<bool> json = CommonOptions.Json();
        Command command = new("evaluate", "Measure how well systems find annotated phrases.")
        {
            dataset, annotations, images, sizes, bundles, heatmaps, boxes, baselines, atlas, bootstrap, seed, preset, provider, library, folder, json,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () => Run(
                new Request(
                    parsed.GetRequiredValue(dataset),
                    parsed.GetRequiredValue(annotations),
                    parsed.GetValue(images),
                    parsed.GetValue(sizes),
                    parsed.GetValue(bundles) ?? [],
                    parsed.GetValue(heatmaps) ?? [],
                    parsed.GetValue(boxes) ?? [],
                    parsed.GetValue(baselines) ?? [],
                    parsed.GetValue(atlas),
                    parsed.GetValue(bootstrap),
                    parsed.GetValue(seed),
                    parsed.GetValue(preset)!,
                    new GroundingModelOptions { Provider = ExecutionProviders.Parse(parsed.GetValue(provider)!), ProviderLibrary = parsed.GetValue(library) },
                    parsed.GetRequiredValue(folder)),
                CommandOutput.Of(parsed, json),
                cancellationToken),
            cancellationToken));
        return command;
    }

    private static int Run(Request request, CommandOutput output, CancellationToken cancellationToken)
    {
        if (request.SystemCount == 0)
        {
            throw new InputException("nothing to evaluate; give --bundle DIR, --heatmaps DIR, --boxes FILE or --baseline oracle|prior|prior-wide");
        }

        if (request.Baselines.Except(Baselines.Names).FirstOrDefault() is { } unknown)
        {
            throw new InputException($"--baseline {unknown}: known are {string.Join(", ", Baselines.Names)}");
        }

        if (request.Resamples is < 1 or > MostResamples)
        {
            throw new InputException($"--bootstrap {request.Resamples}: wanted 1 to {MostResamples}");
        }

        if (request.Images is null && request.Bundles.Count > 0)
        {
            throw new InputException("--bundle looks at the images: give their folder with --images DIR");
        }

        LocationAtlas atlas = request.Atlas is null ? LocationAtlas.Default : LocationAtlas.Load(request.Atlas);
        ImageFolder? images = request.Images is null ? null : new ImageFolder(request.Images);
        IReadOnlyDictionary<string, ImageSize> sizes = request.Sizes is null ? new Dictionary<string, ImageSize>() : EvaluationDataset.LoadSizes(request.Sizes);
        Dictionary<string, ImageSize?> measured = [];
        ImageSize? SizeOf(string id)
        {
            if (sizes.TryGetValue(id, out ImageSize size))
            {
                return size;
            }

            if (!measured.TryGetValue(id, out ImageSize? found))
            {
                measured[id] = found = images?.SizeOf(id);
            }

            return found;
        }

        EvaluationDataset dataset = EvaluationDataset.Load(request.Dataset, request.Annotations, SizeOf, atlas);
        Evaluator evaluator = new(new Bootstrap(request.Resamples, request.Seed), Environment.ProcessorCount);
        List<SystemScores> systems = [];
        List<EvaluationPicture> pictures = [];
        foreach (Func<IEvaluatedSystem> open in Systems(request, images, dataset, atlas, cancellationToken))
        {
            IEvaluatedSystem system = open();
            try
            {
                if (systems.Any(other => other.Name == system.Name))
                {
                    throw new InputException($"two systems are called '{system.Name}'; rename a folder or file");
                }

                SystemScores scores = output.WithProgress(system.Name, progress => evaluator.Evaluate(system, dataset.Cases, progress, cancellationToken));
                systems.Add(scores);
                if (images is not null)
                {
                    pictures.AddRange(ExamplePictures.Draw(system, scores, images));
                }
            }
            finally
            {
                (system as IDisposable)?.Dispose();
            }
        }

        EvaluationReport report = new() { Dataset = dataset, Systems = systems, Resamples = request.Resamples, Seed = request.Seed };
        string json = report.ToJson();
        AtomicFile.WriteText(Path.Combine(request.Folder, "evaluation.json"), json);
        AtomicFile.WriteText(Path.Combine(request.Folder, "evaluation.md"), report.ToMarkdown());
        AtomicFile.WriteText(Path.Combine(request.Folder, "evaluation.html"), EvaluationHtml.Write(report, pictures));
        if (output.IsJson)
        {
            output.Document(json.TrimEnd());
        }
        else
        {
            Show(report, request.Folder, output);
        }

        return ExitCodes.Done;
    }

    /// <summary>Opened one after the other: a model is in memory only while it is evaluated.</summary>
    private static IEnumerable<Func<IEvaluatedSystem>> Systems(
        Request request, ImageFolder? images, EvaluationDataset dataset, LocationAtlas atlas, CancellationToken cancellationToken) =>
    [
        .. request.Bundles.Select(path => (Func<IEvaluatedSystem>)(() =>
            new BundleSystem(BundleLocator.Find(path), request.Model, request.Preset, images!, dataset.Cases, cancellationToken))),
        .. request.Heatmaps.Select(path => (Func<IEvaluatedSystem>)(() => new HeatmapFolder(path))),
        .. request.Boxes.Select(path => (Func<IEvaluatedSystem>)(() => new BoxAnswers(path))),
        .. request.Baselines.Distinct().Select(name => (Func<IEvaluatedSystem>)(() => Baselines.Open(name, atlas))),
    ];

    private static void Show(EvaluationReport report, string folder, CommandOutput output)
    {
        static string Cell(ConfidenceInterval? value, double scale) =>
            value is { } interval ? FormattableString.Invariant($"{interval.Mean * scale:0.00} [{interval.Low * scale:0.00}, {interval.High * scale:0.00}]") : "";
        output.Table(
            ["system", "class", "n", "CNR", "mIoU %", "AUROC"],
            [
                .. report.Systems.SelectMany(system => system.Classes.Append(new("average", system.Average)).Select(row => (IReadOnlyList<string>)
                [
                    system.Name,
                    row.Key,
                    FormattableString.Invariant($"{row.Value.Count}"),
                    Cell(row.Value.Cnr, 1),
                    Cell(row.Value.MIoU, 100),
                    Cell(row.Value.Auroc, 1),
                ])),
            ]);
        foreach (string note in report.Notes())
        {
            output.Line(note);
        }

        output.Line($"results in {folder}: evaluation.json, evaluation.md, evaluation.html");
    }

    private static Option<string[]> Many(string name, string description, string helpName) =>
        new(name) { Description = description + " May be given several times.", HelpName = helpName, Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = true };

    private sealed record Request(
        string Dataset,
        string Annotations,
        string? Images,
        string? Sizes,
        IReadOnlyList<string> Bundles,
        IReadOnlyList<string> Heatmaps,
        IReadOnlyList<string> Boxes,
        IReadOnlyList<string> Baselines,
        string? Atlas,
        int Resamples,
        ulong Seed,
        string Preset,
        GroundingModelOptions Model,
        string Folder)
    {
        public int SystemCount => Bundles.Count + Heatmaps.Count + Boxes.Count + Baselines.Count;
    }
}
