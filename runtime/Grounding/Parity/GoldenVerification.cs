using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Evidence;
using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Grounding.Parity;

/// <summary>
/// Runs the golden cases of a safetensors file through a bundle's graphs and compares. Tensors are named
/// <c>&lt;graph&gt;/&lt;case&gt;/in/&lt;tensor&gt;</c> and <c>.../out/&lt;tensor&gt;</c>; the metadata holds
/// <c>tolerance.&lt;graph&gt;</c>. The name <c>pipeline</c> stands for the whole grounding,
/// <c>evidence</c> for the whole grounding with that preset, <c>noise_prediction</c> for what an evidence map rests on.
/// </summary>
public static class GoldenVerification
{
    /// <summary>Name of the cases that go through the whole grounding.</summary>
    public const string Pipeline = "pipeline";

    /// <summary>Name of the cases that go through the whole grounding with the preset of evidence maps.</summary>
    public const string Evidence = "evidence";

    /// <summary>Name of the cases of what phrases do to the prediction of an image's noise, on which evidence maps rest.</summary>
    public const string NoisePrediction = "noise_prediction";

    private const string BundledFile = BundleLayout.GoldenFile;

    /// <summary>Verifies a bundle.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="goldenFile">A golden file, by anyone; null = the bundle's own.</param>
    /// <param name="options">How to load the graphs; null = defaults. Cases may have any size, so the image size is never fixed.</param>
    /// <param name="progress">Told how many cases are done.</param>
    /// <param name="cancellationToken">Stops between two operators of a graph.</param>
    /// <exception cref="ArtifactException">The golden file or a graph cannot be read.</exception>
    /// <exception cref="InputException">
    /// The bundle has no golden file of its own and none was given, or the provider cannot be used.
    /// </exception>
    public static ParityReport Run(
        Bundle bundle,
        string? goldenFile = null,
        GroundingModelOptions? options = null,
        IProgress<(int Done, int Total)>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        string path = goldenFile ?? OwnFile(bundle);
        if (!File.Exists(path))
        {
            throw new InputException($"golden file {path}: no such file");
        }

        using GroundingModel model = GroundingModel.Load(bundle, (options ?? new GroundingModelOptions()) with { FixImageSize = false });
        return Run(model, path, progress, cancellationToken);
    }

    /// <summary>Verifies a loaded model with the sessions that it will answer with.</summary>
    /// <param name="model">
    /// The model; loaded without <see cref="GroundingModelOptions.FixImageSize"/>, because cases may have any size.
    /// </param>
    /// <param name="goldenFile">A golden file, by anyone; null = the bundle's own.</param>
    /// <param name="progress">Told how many cases are done.</param>
    /// <param name="cancellationToken">Stops between two operators of a graph.</param>
    /// <exception cref="ArtifactException">The golden file or a graph cannot be read.</exception>
    /// <exception cref="InputException">The bundle has no golden file of its own and none was given.</exception>
    public static ParityReport Run(
        GroundingModel model,
        string? goldenFile,
        IProgress<(int Done, int Total)>? progress,
        CancellationToken cancellationToken
    )
    {
        Bundle bundle = model.Bundle;
        string path = goldenFile ?? OwnFile(bundle);
        if (!File.Exists(path))
        {
            throw new InputException($"golden file {path}: no such file");
        }

        using SafetensorsFile file = SafetensorsFile.Open(path);
        List<string> problems = [];
        IReadOnlyList<GoldenCase> cases = GoldenCase.Read(file, problems);
        Dictionary<string, ParityTolerance> tolerances = Tolerances(file, cases, problems);
        WholeGroundingCases whole = new(model, EvidenceFile.InGolden(file));
        List<TensorParity> tensors = [];
        for (int i = 0; i < cases.Count; i++)
        {
            GoldenCase golden = cases[i];
            if (tolerances.TryGetValue(golden.Graph, out ParityTolerance? tolerance) && Fits(golden, model, whole, problems))
            {
                tensors.AddRange(Compare(golden, file, model, whole, Allowed(golden.Graph, tolerance, model), cancellationToken));
            }

            progress?.Report((i + 1, cases.Count));
        }

        return new ParityReport
        {
            GoldenFile = path,
            BundleId = bundle.Manifest.Id,
            Provider = model.Provider.Name,
            Math = model.Math,
            GraphSet = model.GraphSet is not null,
            Tensors = tensors,
            Problems = problems,
            GraphsWithoutCases =
            [
                .. bundle
                    .Manifest.Graphs.Keys.Append(Pipeline)
                    .Concat(bundle.Manifest.Presets.ContainsKey(EvidencePreset.Name) ? [Evidence] : [])
                    .Where(graph => cases.All(golden => golden.Graph != graph))
                    .Order(StringComparer.Ordinal),
            ],
        };
    }

    private static string OwnFile(Bundle bundle) =>
        bundle.Contains(BundledFile)
            ? bundle.PathOf(BundledFile)
            : throw new InputException(
                $"bundle {bundle.Manifest.Id} carries no golden cases ({BundledFile}): make some with 'cxr-lab golden' and put them in "
                    + "with 'cxr-lab export --golden FILE', or give one with `golden` FILE"
            );

    private static Dictionary<string, ParityTolerance> Tolerances(ITensorFile file, IReadOnlyList<GoldenCase> cases, List<string> problems)
    {
        Dictionary<string, ParityTolerance> tolerances = [];
        foreach (string graph in cases.Select(golden => golden.Graph).Distinct())
        {
            string key = $"tolerance.{graph}";
            if (file.Metadata.TryGetValue(key, out string? json))
            {
                tolerances.Add(graph, ParityTolerance.Parse(json, $"{file.Source}: metadata {key}"));
            }
            else
            {
                problems.Add($"metadata {key} is missing: the cases of {graph} cannot be judged");
            }
        }

        return tolerances;
    }

    /// <summary>
    /// The golden file's tolerance is for single precision; with less, the difference that the graph set or the precision states counts
    /// where it is larger.
    /// </summary>
    private static ParityTolerance Allowed(string graph, ParityTolerance tolerance, GroundingModel model)
    {
        IReadOnlyDictionary<string, double>? stated =
            model.GraphSet?.Tolerances ?? (model.Math == MathPrecision.Tf32 ? GraphTolerances.Tf32 : null);
        string key = graph switch
        {
            Pipeline or Evidence => GraphTolerances.Heatmap,
            NoisePrediction => BundleLayout.Denoiser,
            _ => graph,
        };
        return stated is not null && stated.TryGetValue(key, out double absolute)
            ? tolerance with
            {
                Absolute = Math.Max(tolerance.Absolute, absolute),
            }
            : tolerance;
    }

    /// <summary>Whether a case's names are those of its graph; if not, everything wrong with it is named.</summary>
    private static bool Fits(GoldenCase golden, GroundingModel model, WholeGroundingCases whole, List<string> problems)
    {
        string name = $"{golden.Graph}/{golden.Name}";
        IReadOnlyList<string> inputs;
        IReadOnlyList<string> outputs;
        if (WholeGroundingCases.BorderOf(golden.Graph) is { } border)
        {
            if (whole.ProblemOf(golden.Graph) is { } problem)
            {
                problems.Add($"{name}: {problem}");
                return false;
            }

            (inputs, outputs) = border;
        }
        else if (model.Manifest.Graphs.TryGetValue(golden.Graph, out BundleGraph? graph))
        {
            inputs = [.. graph.Inputs.Select(tensor => tensor.Name)];
            outputs = [.. graph.Outputs.Select(tensor => tensor.Name)];
        }
        else
        {
            problems.Add(
                $"{name}: the bundle has no graph {golden.Graph}; it has {string.Join(", ", model.Manifest.Graphs.Keys)} and {Pipeline}"
            );
            return false;
        }

        int before = problems.Count;
        foreach (string missing in inputs.Except(golden.Inputs.Keys))
        {
            problems.Add($"{name}: input {missing} is missing");
        }

        foreach (string extra in golden.Inputs.Keys.Except(inputs))
        {
            problems.Add($"{name}: {golden.Graph} has no input {extra}");
        }

        foreach (string extra in golden.Outputs.Keys.Except(outputs))
        {
            problems.Add($"{name}: {golden.Graph} has no output {extra}");
        }

        if (golden.Outputs.Count == 0)
        {
            problems.Add($"{name}: the case has no output to compare with");
        }

        return problems.Count == before;
    }

    private static IEnumerable<TensorParity> Compare(
        GoldenCase golden,
        ITensorFile file,
        GroundingModel model,
        WholeGroundingCases whole,
        ParityTolerance tolerance,
        CancellationToken cancellationToken
    )
    {
        string[] names = [.. golden.Outputs.Keys];
        IReadOnlyList<GraphTensor>? results = null;
        string? problem = null;
        try
        {
            GraphTensor[] inputs = [.. golden.Inputs.Select(input => GraphTensor.Read(file, input.Value, input.Key))];
            results = WholeGroundingCases.BorderOf(golden.Graph) is null
                ? model.Run(golden.Graph, inputs, names, cancellationToken)
                : whole.Run(golden.Graph, inputs, names, cancellationToken);
        }
        catch (CxrOnnxException error)
        {
            problem = error.Message;
        }

        for (int i = 0; i < names.Length; i++)
        {
            string key = golden.Outputs[names[i]];
            yield return TensorParity.Compare(
                golden.Graph,
                golden.Name,
                names[i],
                tolerance,
                file.Tensors[key].Shape,
                file.ReadFloat32(key),
                results?[i],
                problem
            );
        }
    }
}
