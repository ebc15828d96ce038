using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Models;
using Google.Protobuf;

namespace CxrOnnx.Exporter;

/// <summary>The second graph set of a bundle, made for CUDA, with weights of its own beside it.</summary>
internal static class CudaGraphSet
{
    /// <summary>
    /// How far its outputs may be from the reference's golden numbers: half precision rounds at 5e-4 of a value, some two hundred times in
    /// a row in the U-Net (docs/formats.md says where each figure comes from).
    /// </summary>
    private static readonly SortedDictionary<string, double> Tolerances = new(StringComparer.Ordinal)
    {
        [BundleLayout.VaeEncoder] = 2e-2,
        [BundleLayout.Denoiser] = 5e-2,
        [BundleLayout.Attention] = 5e-3,
        ["heatmap"] = 5e-2,
    };

    /// <summary>Writes the set's folder into a bundle that is being made.</summary>
    /// <param name="bundle">Folder of the bundle.</param>
    /// <param name="model">The model.</param>
    /// <param name="parts">Its state dicts by part.</param>
    /// <param name="provenance">Noted in every graph.</param>
    /// <param name="options">How to export.</param>
    /// <returns>Its entry in the manifest.</returns>
    /// <exception cref="InputException">A weight does not fit into half precision, or a file cannot be written.</exception>
    public static BundleGraphSet Write(
        string bundle,
        ModelConfiguration model,
        IReadOnlyDictionary<string, ITensorFile> parts,
        Provenance provenance,
        BundleExportOptions options
    )
    {
        options.Progress?.Invoke("writing the graph set for CUDA");
        PartWeights Weights(string part) => new(part, parts[part].Tensors.ToDictionary(entry => entry.Key, entry => entry.Value.Shape));
        ConditionedUNetGraphs unet = new(options.CudaDialect.Dialect, model.UNet, Weights(UNetGraph.Part));
        (string Name, GraphBuilder Graph)[] built =
        [
            (
                BundleLayout.VaeEncoder,
                VaeEncoderGraph.Build(options.CudaDialect.Dialect, model.Vae, model.Image.LatentScale, Weights(VaeEncoderGraph.Part))
            ),
            (BundleLayout.TimeTable, unet.TimeTable()),
            (BundleLayout.PromptKeys, unet.PromptKeys()),
            (BundleLayout.Step, unet.Step()),
            (BundleLayout.Denoiser, unet.Denoiser()),
            (BundleLayout.Attention, unet.AttentionMaps(model.Grounding.Layers)),
        ];
        OnnxGraph[] graphs = [.. built.Select(entry => provenance.Seal(entry.Name, entry.Graph, model).In(BundleLayout.CudaSet))];
        StoredWeight[] weights = [.. graphs.SelectMany(graph => graph.Weights).DistinctBy(weight => weight.Name)];
        Directory.CreateDirectory(Path.Combine(bundle, BundleLayout.CudaSet));
        string file = $"{BundleLayout.CudaSet}/{BundleLayout.WeightFile}";
        IReadOnlyDictionary<string, long> offsets = new WeightFile(parts, "without `cuda`").Write(Path.Combine(bundle, file), weights);
        foreach (OnnxGraph graph in graphs)
        {
            graph.PlaceWeights(BundleLayout.WeightFile, offsets);
            AtomicFile.Write(Path.Combine(bundle, graph.Signature.File), graph.Model.WriteTo);
        }

        return new BundleGraphSet(
            [options.CudaDialect.Provider],
            "fp16",
            file,
            graphs.ToDictionary(graph => graph.Name, graph => graph.Signature),
            Tolerances
        );
    }
}
