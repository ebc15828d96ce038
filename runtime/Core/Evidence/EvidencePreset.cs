using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;

namespace CxrOnnx.Core.Evidence;

/// <summary>The preset of evidence maps in a bundle's manifest.</summary>
public static class EvidencePreset
{
    /// <summary>Its name.</summary>
    public const string Name = "evidence";

    private const string Description =
        "Evidence map, not the papers' map: the attention of preset {0} joined with where the U-Net predicts the image's noise better with "
        + "the phrase than without.";

    /// <summary>A bundle's presets with the preset of evidence maps, in place of an earlier one.</summary>
    /// <param name="presets">The presets.</param>
    /// <param name="file">What was learned.</param>
    /// <param name="source">Where it comes from, for the message.</param>
    /// <exception cref="ArtifactException">The preset whose attention it was learned with is not there.</exception>
    public static IReadOnlyDictionary<string, BundlePreset> AddTo(
        IReadOnlyDictionary<string, BundlePreset> presets,
        EvidenceFile file,
        string source
    )
    {
        if (!presets.TryGetValue(file.Preset, out BundlePreset? attention) || attention.Evidence is not null)
        {
            throw new ArtifactException($"{source}: was learned with the attention of preset '{file.Preset}', which the bundle has not");
        }

        return new Dictionary<string, BundlePreset>(presets)
        {
            [Name] = attention with
            {
                Description = string.Format(System.Globalization.CultureInfo.InvariantCulture, Description, file.Preset),
                Evidence = file.Recipe,
            },
        };
    }

    /// <summary>Puts the preset into a bundle; only its manifest changes, so its id stays.</summary>
    /// <param name="folderOrCxrb">The bundle: a folder, or a <c>.cxrb</c> file, which is packed again.</param>
    /// <param name="file">What was learned.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="ArtifactException">There is no bundle, it is damaged, or it is of other weights.</exception>
    /// <exception cref="InputException">A file cannot be written.</exception>
    public static void Attach(string folderOrCxrb, EvidenceFile file, string source)
    {
        using Bundle bundle = Bundle.Open(folderOrCxrb);
        file.CheckWeights(BundleLayout.WeightsOf(bundle.Manifest)?.Sha256, source);
        if (
            bundle.Manifest.Graphs.ContainsKey(BundleLayout.GroundingEvidence)
            && bundle.Manifest.Presets.GetValueOrDefault(Name)?.Evidence?.Fingerprint != file.Recipe.Fingerprint
        )
        {
            throw new ArtifactException(
                $"{folderOrCxrb}: its grounding_evidence.onnx carries out another recipe than {source}; export the bundle again with both"
            );
        }

        BundleManifest manifest = bundle.Manifest with { Presets = AddTo(bundle.Manifest.Presets, file, source) };
        BundleManifestFile.Write(Path.Combine(bundle.Folder, BundleManifestFile.FileName), manifest);
        if (!Directory.Exists(folderOrCxrb))
        {
            BundleArchive.Pack(bundle.Folder, folderOrCxrb);
        }
    }
}
