using System.Globalization;
using System.Text;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;

namespace CxrOnnx.Exporter;

/// <summary>
/// The layout in which Triton (and KServe through it) serves the fused graphs as they are:
/// <c>&lt;repository&gt;/&lt;model&gt;/config.pbtxt</c> and <c>1/model.onnx</c> with its weights beside it.
/// </summary>
internal static class TritonRepository
{
    private const string Version = "1";

    // By these names; evidence maps only where the bundle has them.
    private static readonly string[] Served = [BundleLayout.Grounding, BundleLayout.GroundingEvidence];

    /// <summary>Finds out before the long work that the models are not there already.</summary>
    /// <param name="repository">Folder of the repository.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="evidence">Whether the bundle gets evidence maps.</param>
    /// <exception cref="InputException">One is.</exception>
    public static void CheckPlace(string repository, string model, bool evidence)
    {
        foreach (string graph in Served.Where(graph => evidence || graph != BundleLayout.GroundingEvidence))
        {
            string folder = Path.Combine(repository, Name(model, graph));
            if (Directory.Exists(folder))
            {
                throw new InputException($"{folder}: is there already; give another `triton` folder or remove it");
            }
        }
    }

    /// <summary>Adds a bundle's fused graphs to a model repository, each as a model of its own.</summary>
    /// <param name="repository">Folder of the repository; made if needed.</param>
    /// <param name="bundle">Folder of the bundle.</param>
    /// <param name="manifest">Its manifest, with the graph <c>grounding</c>.</param>
    /// <returns>Names of the models in the repository.</returns>
    /// <exception cref="InputException">A model is there already, or nothing can be written.</exception>
    public static IReadOnlyList<string> Write(string repository, string bundle, BundleManifest manifest)
    {
        CheckPlace(repository, manifest.Model.Name, manifest.Graphs.ContainsKey(BundleLayout.GroundingEvidence));
        List<string> names = [];
        foreach (string graph in Served.Where(manifest.Graphs.ContainsKey))
        {
            string name = Name(manifest.Model.Name, graph);
            Write(repository, bundle, manifest, name, manifest.Graphs[graph]);
            names.Add(name);
        }

        return names;
    }

    private static void Write(string repository, string bundle, BundleManifest manifest, string name, BundleGraph graph)
    {
        string unfinished = Path.Combine(repository, $".{name}.{Environment.ProcessId}.new");
        try
        {
            string version = Directory.CreateDirectory(Path.Combine(unfinished, Version)).FullName;
            File.Copy(Path.Combine(bundle, graph.File), Path.Combine(version, "model.onnx"));
            File.Copy(Path.Combine(bundle, BundleLayout.WeightFile), Path.Combine(version, BundleLayout.WeightFile));
            AtomicFile.WriteText(Path.Combine(unfinished, "config.pbtxt"), Configuration(name, manifest, graph));
            Directory.Move(unfinished, Path.Combine(repository, name));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"`triton` {repository}: cannot be written: {exception.Message}", exception);
        }
        finally
        {
            if (Directory.Exists(unfinished))
            {
                Directory.Delete(unfinished, recursive: true);
            }
        }
    }

    private static string Configuration(string name, BundleManifest manifest, BundleGraph graph)
    {
        StringBuilder text = new();
        text.Append(
            CultureInfo.InvariantCulture,
            $"# {manifest.Model.Name}, bundle {manifest.Id}, by {manifest.CreatedBy}. One image and K prompts per request; the first "
                + $"dimension is not a batch.\n"
        );
        text.Append(CultureInfo.InvariantCulture, $"name: \"{name}\"\nbackend: \"onnxruntime\"\nmax_batch_size: 0\n");
        Tensors(text, "input", graph.Inputs);
        Tensors(text, "output", graph.Outputs);
        return text.ToString();
    }

    private static void Tensors(StringBuilder text, string kind, IEnumerable<BundleTensor> tensors)
    {
        IEnumerable<string> entries = tensors.Select(tensor =>
        {
            IEnumerable<string> dimensions = tensor.Shape.Select(side =>
                long.TryParse(side, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? side : "-1"
            );
            return $"  {{ name: \"{tensor.Name}\", data_type: {(tensor.DataType == "int64" ? "TYPE_INT64" : "TYPE_FP32")}, dims: [ "
                + $"{string.Join(", ", dimensions)} ] }}";
        });
        text.Append(CultureInfo.InvariantCulture, $"{kind} [\n{string.Join(",\n", entries)}\n]\n");
    }

    /// <summary>
    /// Letters, digits, dash and underscore: Triton makes a path and a URL of it. Evidence maps are a model beside the model's own.
    /// </summary>
    private static string Name(string model, string graph) =>
        string.Concat(model.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' ? letter : '_'))
        + (graph == BundleLayout.GroundingEvidence ? "_evidence" : "");
}
