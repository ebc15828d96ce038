using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Exporter.Dialects;
using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Models;
using Google.Protobuf;

namespace CxrOnnx.Exporter;

/// <summary>
/// The further graph sets of a bundle, for CUDA: one in half precision with fused operators and weights of its own, and one in single
/// precision (strict, or TF32) of standard operators on the bundle's weights. Both keep trajectories in the GPU's memory.
/// </summary>
internal sealed class CudaGraphSets
{
    /// <summary>Begins the names of the files of the set in single precision.</summary>
    public const string PlainPrefix = "cuda_";

    private readonly string _bundle;
    private readonly ModelConfiguration _model;
    private readonly Provenance _provenance;
    private readonly CudaDialect _dialect;
    private readonly string _provider;
    private readonly string _weightFile;
    private readonly Action<string>? _progress;

    /// <summary>Prepares writing.</summary>
    /// <param name="bundle">Folder of the bundle that is being made.</param>
    /// <param name="model">The model.</param>
    /// <param name="provenance">Noted in every graph.</param>
    /// <param name="dialect">That of the set in half precision, and the provider that the sets are for.</param>
    /// <param name="weightFile">The bundle's weight file.</param>
    /// <param name="progress">Is told what is being done.</param>
    public CudaGraphSets(
        string bundle,
        ModelConfiguration model,
        Provenance provenance,
        (CudaDialect Dialect, string Provider) dialect,
        string weightFile = BundleLayout.WeightFile,
        Action<string>? progress = null
    )
    {
        _bundle = bundle;
        _model = model;
        _provenance = provenance;
        (_dialect, _provider) = dialect;
        _weightFile = weightFile;
        _progress = progress;
    }

    /// <summary>Writes the sets.</summary>
    /// <param name="parts">The model's state dicts by part.</param>
    /// <param name="plain">Weights of the U-Net as the plain graphs have them.</param>
    /// <param name="offsets">Where they are in the bundle's weight file.</param>
    /// <returns>Their entries in the manifest.</returns>
    /// <exception cref="ArtifactException">A weight does not fit into half precision.</exception>
    /// <exception cref="InputException">A file cannot be written.</exception>
    public IReadOnlyDictionary<string, BundleGraphSet> Write(
        IReadOnlyDictionary<string, ITensorFile> parts,
        PartWeights plain,
        IReadOnlyDictionary<string, long> offsets
    )
    {
        _progress?.Invoke("writing the graph sets for CUDA");
        BundleGraphSet half = Half(parts);
        OnnxGraph[] graphs = Seal(UNet(PlainDialect.Instance, plain), PlainPrefix);
        Save(graphs, _weightFile, offsets);
        BundleGraphSet single = new([_provider], "fp32", _weightFile, Signatures(graphs), new Dictionary<string, double>());
        return new SortedDictionary<string, BundleGraphSet>(StringComparer.Ordinal)
        {
            [BundleLayout.CudaSet] = half,
            [$"{BundleLayout.CudaSet}_fp32"] = single,
            [$"{BundleLayout.CudaSet}_tf32"] = single with { Math = "tf32", Tolerances = GraphTolerances.Tf32 },
        };
    }

    private BundleGraphSet Half(IReadOnlyDictionary<string, ITensorFile> parts)
    {
        PartWeights Weights(string part) => new(part, parts[part].Tensors.ToDictionary(entry => entry.Key, entry => entry.Value.Shape));
        OnnxGraph[] graphs = Seal(
            [
                (
                    BundleLayout.VaeEncoder,
                    VaeEncoderGraph.Build(_dialect, _model.Vae, _model.Image.LatentScale, Weights(VaeEncoderGraph.Part))
                ),
                .. UNet(_dialect, Weights(UNetGraph.Part)),
            ],
            $"{BundleLayout.CudaSet}/"
        );
        Directory.CreateDirectory(Path.Combine(_bundle, BundleLayout.CudaSet));
        string file = $"{BundleLayout.CudaSet}/{BundleLayout.WeightFile}";
        StoredWeight[] weights = [.. graphs.SelectMany(graph => graph.Weights).DistinctBy(weight => weight.Name)];
        Save(graphs, BundleLayout.WeightFile, new WeightFile(parts, "without `cuda`").Write(Path.Combine(_bundle, file), weights));
        return new BundleGraphSet([_provider], "fp16", file, Signatures(graphs), GraphTolerances.Half);
    }

    private (string Name, GraphBuilder Graph)[] UNet(Dialect dialect, PartWeights weights)
    {
        ConditionedUNetGraphs unet = new(dialect, _model.UNet, weights);
        return
        [
            (BundleLayout.TimeTable, unet.TimeTable()),
            (BundleLayout.PromptKeys, unet.PromptKeys()),
            (BundleLayout.Step, unet.Step()),
            (BundleLayout.Denoiser, unet.Denoiser()),
            (BundleLayout.Attention, unet.AttentionMaps(_model.Grounding.Layers)),
        ];
    }

    private OnnxGraph[] Seal(IEnumerable<(string Name, GraphBuilder Graph)> graphs, string prefix) =>
        [.. graphs.Select(entry => _provenance.Seal(entry.Name, entry.Graph, _model).In(prefix))];

    private void Save(IEnumerable<OnnxGraph> graphs, string weightFile, IReadOnlyDictionary<string, long> offsets)
    {
        foreach (OnnxGraph graph in graphs)
        {
            graph.PlaceWeights(weightFile, offsets);
            AtomicFile.Write(Path.Combine(_bundle, graph.Signature.File), graph.Model.WriteTo);
        }
    }

    private static Dictionary<string, BundleGraph> Signatures(IEnumerable<OnnxGraph> graphs) =>
        graphs.ToDictionary(graph => graph.Name, graph => graph.Signature);
}
