using System.CommandLine;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Exporter;
using CxrOnnx.Exporter.Vocabularies;
using CxrOnnx.Lab.Quantization;

namespace CxrOnnx.Lab.Commands;

/// <summary><c>cxr-lab export</c>: configuration and checkpoints in, ONNX bundle out.</summary>
public static class ExportCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        Option<string?> from = Optional(
            "--from",
            "folder of a published model, diffusers' layout or a MONAI bundle's: the parts are found in it, other options come first"
        );
        Option<string?> unet = Optional("--unet", "U-Net checkpoint (.pth or safetensors, MONAI names); FILE#KEY for a state dict in it");
        Option<string?> vae = Optional("--vae", "autoencoder checkpoint (.pth or safetensors, MONAI names)");
        Option<string?> textEncoder = Optional("--text-encoder", "text encoder checkpoint (safetensors or .bin, Hugging Face names)");
        Option<string?> config = Optional("--config", "model configuration (YAML)");
        Option<string?> grounding = Optional("--grounding", "grounding (YAML, section grounding) in place of the configuration's");
        Option<string> output = Required("--out", "bundle folder to write");
        Option<string?> tokenizer = Optional("--tokenizer", "folder with vocab.json and merges.txt; without it the bundle takes no text");
        Option<string?> codebook = Optional("--codebook", "codebook of prompt tuning; its rows are frozen into the text encoder");
        Option<string?> atlas = Optional("--atlas", "location atlas (YAML) to put into the bundle");
        Option<string?> golden = Optional("--golden", "golden tensors for 'cxr verify' to put into the bundle");
        Option<string?> confidence = Optional("--confidence", "calibration of 'cxr-lab calibrate' to put into the bundle");
        Option<string?> evidence = Optional(
            "--evidence",
            "what 'cxr-lab evidence' learned, to put into the bundle as its preset 'evidence'"
        );
        Option<VocabularyKind?> vocabulary = new("--vocabulary")
        {
            Description = "open: the whole embedding table; closed: only the codebook's rows (default: closed with --codebook, else open)",
        };
        Option<string> precision = new("--precision") { Description = "fp32, fp16 or int8", DefaultValueFactory = _ => "fp32" };
        Option<string?> calibration = Optional("--calibration", "folder with radiographs to calibrate on; needed for int8 (16 are enough)");
        Option<int> calibrationImages = new("--calibration-images")
        {
            Description = "how many of them to use",
            DefaultValueFactory = _ => 16,
        };
        Option<RangeMethod> ranges = new("--ranges")
        {
            Description = "int8: how activations' ranges follow from the values seen",
            DefaultValueFactory = _ => RangeMethod.Mse,
        };
        Option<double> leastCorrelation = new("--least-correlation")
        {
            Description = "int8: layers are kept in float32 until heatmaps correlate at least so well with fp32's",
            DefaultValueFactory = _ => 0.99,
        };
        Option<bool> phrases = new("--phrases")
        {
            Description =
                "add phrases.safetensors: the text states of every standard prompt the vocabulary knows, so that 'cxr ground --all' and "
                + "these phrases need no text encoder",
        };
        Option<bool> cuda = new("--cuda")
        {
            Description = "add graph sets for CUDA: half precision with fused operators (folder cuda), and single precision on the GPU",
        };
        Option<bool> fused = new("--fused")
        {
            Description = "add grounding.onnx, the whole loop in one graph; with --evidence also grounding_evidence.onnx",
        };
        Option<string?> triton = Optional("--triton", "folder of a Triton model repository to put the fused graphs into; needs --fused");
        Option<bool> force = new("--force") { Description = "replace an existing bundle" };
        Command command = new("export", "Export checkpoints as an ONNX bundle.")
        {
            from,
            unet,
            vae,
            textEncoder,
            config,
            grounding,
            output,
            tokenizer,
            codebook,
            atlas,
            golden,
            confidence,
            evidence,
            vocabulary,
            precision,
            calibration,
            calibrationImages,
            ranges,
            leastCorrelation,
            phrases,
            cuda,
            fused,
            triton,
            force,
        };
        command.SetAction(result =>
        {
            ExportParts parts = ExportParts.Find(
                result.GetValue(from),
                result.GetValue(unet),
                result.GetValue(vae),
                result.GetValue(textEncoder),
                result.GetValue(tokenizer),
                result.GetValue(config)
            );
            foreach (string note in parts.Notes)
            {
                result.InvocationConfiguration.Error.WriteLine($"note: {note}");
            }

            CalibrationSettings? settings = result.GetValue(calibration) is { } folder
                ? new CalibrationSettings(folder, result.GetRequiredValue(calibrationImages))
                {
                    Ranges = result.GetRequiredValue(ranges),
                    LeastCorrelation = result.GetRequiredValue(leastCorrelation),
                }
                : null;
            BundleExportResult exported = PrecisionExport.Run(
                settings,
                new BundleExportOptions
                {
                    UNetPath = parts.UNet,
                    VaePath = parts.Vae,
                    TextEncoderPath = parts.TextEncoder,
                    ConfigurationPath = parts.Configuration,
                    GroundingPath = result.GetValue(grounding),
                    OutputPath = result.GetRequiredValue(output),
                    TokenizerPath = parts.Tokenizer,
                    CodebookPath = result.GetValue(codebook),
                    AtlasPath = result.GetValue(atlas),
                    GoldenPath = result.GetValue(golden),
                    ConfidencePath = result.GetValue(confidence),
                    EvidencePath = result.GetValue(evidence),
                    Vocabulary = result.GetValue(vocabulary),
                    Precision = result.GetRequiredValue(precision),
                    Cuda = result.GetValue(cuda),
                    Fused = result.GetValue(fused),
                    TritonPath = result.GetValue(triton),
                    Force = result.GetValue(force),
                    Progress = line => result.InvocationConfiguration.Error.WriteLine(line),
                },
                result.GetValue(phrases)
            );
            foreach (string note in exported.Notes)
            {
                result.InvocationConfiguration.Error.WriteLine($"note: {note}");
            }

            Print(exported, result.InvocationConfiguration.Output);
            return 0;
        });
        return command;
    }

    internal static void Print(BundleExportResult exported, TextWriter output)
    {
        long size = exported.Manifest.Files.Sum(file => file.Size);
        output.WriteLine(
            FormattableString.Invariant(
                $"{exported.Folder}: bundle {exported.Manifest.Id}, {exported.Manifest.Files.Count} files, {size / (1024 * 1024.0):F1} MiB"
            )
        );
        foreach (BundleFile file in exported.Manifest.Files)
        {
            output.WriteLine(FormattableString.Invariant($"  {file.Path, -32} {file.Size, 14}  {file.Sha256}"));
        }
    }

    private static Option<string> Required(string name, string description) => new(name) { Description = description, Required = true };

    private static Option<string?> Optional(string name, string description) => new(name) { Description = description };
}
