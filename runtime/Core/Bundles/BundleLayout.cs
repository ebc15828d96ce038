namespace CxrOnnx.Core.Bundles;

/// <summary>Names of the graphs and files of a bundle (docs/formats.md).</summary>
/// <remarks>
/// Graphs keep their names, which parity files use; their files are named after what the field calls them. Bundles written before version
/// 0.2 have other file names (<c>denoiser.onnx</c>, <c>attention.onnx</c>, <c>weights.bin</c>) and still open: the manifest says which file
/// a graph is in.
/// </remarks>
public static class BundleLayout
{
    /// <summary>Graph: token ids to hidden states.</summary>
    public const string TextEncoder = "text_encoder";

    /// <summary>Graph: image to latents.</summary>
    public const string VaeEncoder = "vae_encoder";

    /// <summary>Graph: the whole U-Net.</summary>
    public const string Denoiser = "denoiser";

    /// <summary>Graph: the U-Net as far as the attention of the last wanted layer.</summary>
    public const string Attention = "attention";

    /// <summary>Graph: image and token ids to heatmaps, with the loop inside.</summary>
    public const string Grounding = "grounding";

    /// <summary>The same for evidence maps, with the score of each prompt.</summary>
    public const string GroundingEvidence = "grounding_evidence";

    /// <summary>Graph of a further set: what time steps alone decide.</summary>
    public const string TimeTable = "time_table";

    /// <summary>Graph of a further set: what a prompt alone decides.</summary>
    public const string PromptKeys = "prompt_keys";

    /// <summary>Graph of a further set: a step of a trajectory.</summary>
    public const string Step = "step";

    /// <summary>Name and folder of the graph set for CUDA.</summary>
    public const string CudaSet = "cuda";

    /// <summary>The weights of all graphs, in the safetensors format.</summary>
    public const string WeightFile = "weights.safetensors";

    /// <summary>Folder of the tokenizer's files.</summary>
    public const string TokenizerFolder = "tokenizer";

    /// <summary>Where the locations lie.</summary>
    public const string AtlasFile = "atlas.yaml";

    /// <summary>How close faster ways to compute are; no part of the bundle's id.</summary>
    public const string CertificateFile = "certificate.json";

    /// <summary>Parity cases.</summary>
    public const string GoldenFile = "golden.safetensors";

    private const string EarlierWeightFile = "weights.bin";

    /// <summary>The file that a graph is written to.</summary>
    /// <param name="graph">Name of the graph.</param>
    public static string FileOf(string graph) =>
        graph switch
        {
            Denoiser => "unet.onnx",
            Attention => "unet_attention.onnx",
            Step => "unet_step.onnx",
            TimeTable => "unet_time_table.onnx",
            PromptKeys => "unet_prompt_keys.onnx",
            _ => $"{graph}.onnx",
        };

    /// <summary>The weight file of a bundle, under its present or its earlier name; null where it has none.</summary>
    /// <param name="manifest">The bundle's manifest.</param>
    public static BundleFile? WeightsOf(BundleManifest manifest) =>
        manifest.Files.FirstOrDefault(file => file.Path == WeightFile)
        ?? manifest.Files.FirstOrDefault(file => file.Path == EarlierWeightFile);
}
