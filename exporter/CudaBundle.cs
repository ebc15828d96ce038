using System.Text;
using CxrOnnx.Checkpoints.StateDicts;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Exporter.Dialects;
using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Models;

namespace CxrOnnx.Exporter;

/// <summary>Adds the graph sets for CUDA to a bundle that was exported without, from its own weights: no checkpoint is needed.</summary>
public static class CudaBundle
{
    /// <summary>
    /// Writes a copy of a bundle with the sets. Everything else in it stays as it is, but for its certificate: that is of another bundle.
    /// </summary>
    /// <param name="bundle">Folder or file of the bundle.</param>
    /// <param name="output">Folder to write.</param>
    /// <param name="force">Whether a bundle that is already there may be replaced.</param>
    /// <param name="progress">Is told what is being done.</param>
    /// <exception cref="InputException">The bundle's weights are integers, or the folder must not be overwritten.</exception>
    /// <exception cref="ArtifactException">The bundle is damaged, or a weight does not fit into half precision.</exception>
    public static BundleExportResult Add(string bundle, string output, bool force = false, Action<string>? progress = null) =>
        Add(bundle, output, force, progress, (new CudaDialect(), "cuda"));

    internal static BundleExportResult Add(
        string bundle,
        string output,
        bool force,
        Action<string>? progress,
        (CudaDialect Dialect, string Provider) dialect
    )
    {
        using Bundle source = Bundle.Open(bundle);
        BundleManifest manifest = source.Manifest;
        if (manifest.Precision == "int8")
        {
            throw new InputException($"{bundle}: its weights are 8-bit integers; take the bundle of fp32 or fp16 that it was made beside");
        }

        BundleFile weightFile =
            BundleLayout.WeightsOf(manifest) ?? throw new ArtifactException($"{bundle}: has no {BundleLayout.WeightFile}");
        using OutputFolder folder = new(output, force);
        foreach (BundleFile file in manifest.Files.Where(file => !IsOfSet(file.Path) && file.Path != BundleLayout.CertificateFile))
        {
            string copy = Path.Combine(folder.Temporary, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(source.PathOf(file.Path), copy);
        }

        using SafetensorsFile weights = SafetensorsFile.Open(source.PathOf(weightFile.Path));
        Dictionary<string, ITensorFile> parts = new()
        {
            [UNetGraph.Part] = new BundleStateDict(weights, UNetGraph.Part, UNetStateDict.Shapes(manifest.Model.UNet)),
            [VaeEncoderGraph.Part] = new BundleStateDict(weights, VaeEncoderGraph.Part, VaeStateDict.Shapes(manifest.Model.Vae)),
        };
        PartWeights plain = new(UNetGraph.Part, parts[UNetGraph.Part].Tensors.ToDictionary(entry => entry.Key, entry => entry.Value.Shape))
        {
            Encoding = manifest.Precision == "fp16" ? WeightEncoding.Float16 : WeightEncoding.Float32,
        };
        string configuration = Sha256.OfBytes(Encoding.UTF8.GetBytes(ModelConfigurationFile.ToYaml(manifest.Model)));
        CudaGraphSets sets = new(
            folder.Temporary,
            manifest.Model,
            new Provenance(manifest.Id, configuration, manifest.Provenance),
            dialect,
            weightFile.Path,
            progress
        );
        BundleManifest draft = manifest with
        {
            GraphSets = sets.Write(parts, plain, weights.Tensors.Keys.ToDictionary(name => name, weights.OffsetOf)),
        };
        progress?.Invoke("sealing the bundle");
        BundleManifest written = BundleManifestFile.Seal(folder.Temporary, draft);
        folder.Commit();
        string[] notes = source.Contains(BundleLayout.CertificateFile)
            ? ["the certificate is of the bundle without the sets and was left out; make one with 'cxr bench --certify'"]
            : [];
        return new BundleExportResult(output, written, notes);
    }

    private static bool IsOfSet(string path) =>
        path.StartsWith($"{BundleLayout.CudaSet}/", StringComparison.Ordinal)
        || path.StartsWith(CudaGraphSets.PlainPrefix, StringComparison.Ordinal);
}
