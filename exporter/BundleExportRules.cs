using CxrOnnx.Checkpoints;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Evidence;

namespace CxrOnnx.Exporter;

/// <summary>What an export refuses before it begins.</summary>
internal static class BundleExportRules
{
    private static readonly string[] Precisions = ["fp32", "fp16", "int8"];

    /// <summary>Checks options against each other, and that the files are there.</summary>
    /// <exception cref="InputException">They cannot be used.</exception>
    public static void Check(BundleExportOptions options)
    {
        if (!Precisions.Contains(options.Precision))
        {
            throw new InputException($"`precision` {options.Precision}: unknown; use {string.Join(", ", Precisions)}");
        }

        if (options.Precision == "int8" != options.Quantization is not null)
        {
            throw new InputException($"`precision` {options.Precision}: int8, and nothing else, needs a calibration (`calibration` DIR)");
        }

        if (options is { Precision: "int8", Fused: true })
        {
            throw new InputException(
                "`fused`: not with int8, because ONNX Runtime makes no integer kernels inside a loop; use fp32 or fp16"
            );
        }

        if (options is { Precision: "int8", Cuda: true })
        {
            throw new InputException("`cuda`: not with int8, which a GPU computes no faster; use fp32 or fp16");
        }

        if (options.TritonPath is not null && !options.Fused)
        {
            throw new InputException("`triton`: serves the fused graph; give `fused` too");
        }

        (string Option, string? Path)[] files =
        [
            ("`unet`", options.UNetPath),
            ("`vae`", options.VaePath),
            ("`text-encoder`", options.TextEncoderPath),
            ("`config`", options.ConfigurationPath),
            ("`grounding`", options.GroundingPath),
            ("`codebook`", options.CodebookPath),
            ("`atlas`", options.AtlasPath),
            ("`golden`", options.GoldenPath),
            ("`confidence`", options.ConfidencePath),
            ("`evidence`", options.EvidencePath),
        ];
        string[] missing =
        [
            .. files
                .Where(file => file.Path is not null && !File.Exists(CheckpointPath.Parse(file.Path).File))
                .Select(file => $"{file.Option} {file.Path}: no such file"),
            .. options.TokenizerPath is not null && !Directory.Exists(options.TokenizerPath)
                ? new[] { $"`tokenizer` {options.TokenizerPath}: no such folder" }
                : [],
        ];
        if (missing.Length > 0)
        {
            throw new InputException(string.Join("; ", missing));
        }
    }

    /// <summary>Evidence maps must fit the model; their fused graph also needs a trajectory with steps.</summary>
    /// <param name="options">What to export.</param>
    /// <param name="evidence">What the bundle gets.</param>
    /// <param name="presets">The bundle's presets.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="InputException">The recipe is of another schedule, or of a preset that no graph can carry out.</exception>
    public static void CheckEvidence(
        BundleExportOptions options,
        EvidenceFile evidence,
        IReadOnlyDictionary<string, BundlePreset> presets,
        ModelConfiguration model
    )
    {
        int end = model.Scheduler.NumTrainTimesteps;
        if (evidence.Recipe.Timesteps.Any(step => step >= end))
        {
            throw new InputException(
                $"{options.EvidencePath}: time step {evidence.Recipe.Timesteps.Max()} is not below the {end} that the model was trained "
                    + "with; it was learned with another model"
            );
        }

        if (options.Fused && presets[evidence.Preset].Trajectory == BundleTrajectory.Noising)
        {
            throw new InputException(
                $"`fused`: {options.EvidencePath} was learned with preset '{evidence.Preset}', which has no steps for a graph; learn it "
                    + "with 'exact' or 'fast', or leave out `fused`"
            );
        }
    }

    /// <summary>Golden cases of evidence maps must be of the recipe that the bundle gets.</summary>
    /// <param name="options">The options.</param>
    /// <param name="evidence">What the bundle gets; null = no evidence maps.</param>
    /// <param name="notes">Takes what the user should know.</param>
    /// <exception cref="ArtifactException">They are of another recipe.</exception>
    public static void CheckGolden(BundleExportOptions options, EvidenceFile? evidence, List<string> notes)
    {
        if (options.GoldenPath is null)
        {
            return;
        }

        using SafetensorsFile golden = SafetensorsFile.Open(options.GoldenPath);
        EvidenceFile? computed = EvidenceFile.InGolden(golden);
        const string again = "make it again with 'cxr-lab golden --evidence FILE', with the file that the bundle gets";
        if (computed is not null && computed.Recipe.Fingerprint != evidence?.Recipe.Fingerprint)
        {
            throw new ArtifactException(
                evidence is null
                    ? $"{options.GoldenPath}: has cases of evidence maps, and the bundle gets none; give `evidence` FILE too"
                    : $"{options.GoldenPath}: its evidence maps are of the recipe {computed.Recipe.Fingerprint}, those of "
                        + $"{options.EvidencePath} of {evidence.Recipe.Fingerprint}; {again}"
            );
        }

        if (computed is null && evidence is not null)
        {
            notes.Add(
                $"{options.GoldenPath}: has no cases of evidence maps, so 'cxr verify' cannot check preset '{EvidencePreset.Name}'; {again}"
            );
        }
    }
}
