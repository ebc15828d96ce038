using CxrOnnx.Exporter.Quantization;
using CxrOnnx.Exporter.Vocabularies;

namespace CxrOnnx.Exporter;

/// <summary>What goes into a bundle and where it is written.</summary>
public sealed record BundleExportOptions
{
    /// <summary>Checkpoint of the U-Net (<c>.pth</c> or safetensors; MONAI names).</summary>
    public required string UNetPath { get; init; }

    /// <summary>Checkpoint of the autoencoder (<c>.pth</c> or safetensors; MONAI names).</summary>
    public required string VaePath { get; init; }

    /// <summary>Checkpoint of the text encoder (safetensors or <c>.bin</c>; Hugging Face names).</summary>
    public required string TextEncoderPath { get; init; }

    /// <summary>Model configuration (YAML).</summary>
    public required string ConfigurationPath { get; init; }

    /// <summary>Grounding (YAML, section <c>grounding</c>) in place of the configuration's; null: the configuration's.</summary>
    public string? GroundingPath { get; init; }

    /// <summary>Folder to write. An existing bundle there is replaced only with <see cref="Force"/>, anything else never.</summary>
    public required string OutputPath { get; init; }

    /// <summary>Folder with <c>vocab.json</c> and <c>merges.txt</c>; without it the bundle cannot take text, only token ids.</summary>
    public string? TokenizerPath { get; init; }

    /// <summary>Codebook of prompt tuning (safetensors); its rows are frozen into the text encoder.</summary>
    public string? CodebookPath { get; init; }

    /// <summary>Location atlas (YAML), copied into the bundle.</summary>
    public string? AtlasPath { get; init; }

    /// <summary>
    /// Calibration of <c>cxr-lab calibrate</c> (JSON), copied into the bundle; it must have been made with the same weights.
    /// </summary>
    public string? ConfidencePath { get; init; }

    /// <summary>
    /// What <c>cxr-lab evidence</c> learned (JSON), written into the manifest as the preset <c>evidence</c>; it must have been learned with
    /// the same weights.
    /// </summary>
    public string? EvidencePath { get; init; }

    /// <summary>
    /// Text states of phrases (<c>phrases.safetensors</c>), copied into the bundle; they must have been computed with the same weights.
    /// </summary>
    public string? PhrasesPath { get; init; }

    /// <summary>Golden tensors for <c>cxr verify</c> (safetensors), copied into the bundle.</summary>
    public string? GoldenPath { get; init; }

    /// <summary>Vocabulary of the text encoder; null: closed with a codebook, open without.</summary>
    public VocabularyKind? Vocabulary { get; init; }

    /// <summary>
    /// <c>fp32</c>; <c>fp16</c>: weights stored as float16 and widened when a graph is loaded, computation in float32; <c>int8</c>: layers
    /// of the U-Net in 8-bit integers as <see cref="Quantization"/> says, everything else as fp32.
    /// </summary>
    public string Precision { get; init; } = "fp32";

    /// <summary>Which layers are computed in 8 bits, from a calibration; needed for <c>int8</c>, and only there.</summary>
    public QuantizationPlan? Quantization { get; init; }

    /// <summary>
    /// Receives the U-Net's layers that could be computed in 8 bits; their activations become outputs of <c>unet.onnx</c>. For a
    /// calibration: such a bundle is not to be shipped. Null: none.
    /// </summary>
    public ICollection<ObservedLayer>? Observed { get; init; }

    /// <summary>
    /// Whether to add <c>grounding.onnx</c>, the whole loop in one graph, and <c>grounding_evidence.onnx</c> where there are evidence maps.
    /// </summary>
    public bool Fused { get; init; }

    /// <summary>
    /// Whether to add the folder <c>cuda</c>: a second set of graphs in half precision with ONNX Runtime's fused operators for CUDA. The
    /// plain graphs stay as they are.
    /// </summary>
    public bool Cuda { get; init; }

    /// <summary>The dialect of that set and the provider it is for; tests put one in that runs on the CPU.</summary>
    internal (Dialects.CudaDialect Dialect, string Provider) CudaDialect { get; init; } = (new Dialects.CudaDialect(), "cuda");

    /// <summary>
    /// Folder of a Triton model repository to put the fused graph into (a copy, with its weights); needs <see cref="Fused"/>.
    /// </summary>
    public string? TritonPath { get; init; }

    /// <summary>Whether an existing bundle at <see cref="OutputPath"/> is replaced.</summary>
    public bool Force { get; init; }

    /// <summary>Further entries for the manifest's provenance, such as training notes.</summary>
    public IReadOnlyDictionary<string, string> Provenance { get; init; } = new Dictionary<string, string>();

    /// <summary>Is told what is being done, one line at a time.</summary>
    public Action<string>? Progress { get; init; }
}
