using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Exporter;
using CxrOnnx.Lab.Phrases;

namespace CxrOnnx.Lab.Quantization;

/// <summary>
/// An export in any precision: with a calibration where it needs one, golden tolerances that fit it, and stored phrases where they are
/// wanted.
/// </summary>
public static class PrecisionExport
{
    /// <summary>Exports.</summary>
    /// <param name="settings">The calibration of an int8 bundle, and of no other.</param>
    /// <param name="options">The export; without a quantisation plan.</param>
    /// <param name="phrases">Whether the bundle carries the text states of the standard prompts it knows.</param>
    /// <exception cref="CxrOnnxException">An option or a file is wrong.</exception>
    public static BundleExportResult Run(CalibrationSettings? settings, BundleExportOptions options, bool phrases = false)
    {
        if (phrases && options.TokenizerPath is null)
        {
            throw new InputException("--phrases: prompts are text; give --tokenizer DIR");
        }

        if (options.Precision == "int8" && settings is null)
        {
            throw new InputException(
                "--precision int8: activations' ranges are measured; give --calibration DIR with some radiographs like those to be "
                    + "grounded (16 are enough)"
            );
        }

        if (options.Precision != "int8" && settings is not null)
        {
            throw new InputException($"--calibration: is for --precision int8, not for {options.Precision}");
        }

        if (options.Precision == "fp32" && !phrases)
        {
            return BundleExporter.Export(options);
        }

        BundleExporter.CheckOutput(options.OutputPath, options.Force);
        if (settings is not null)
        {
            using QuantizedExport export = new(options, settings);
            options = options with { Quantization = export.FindPlan() };
        }

        string? golden = options.Precision == "fp32" ? null : options.GoldenPath;
        return golden is null && !phrases ? BundleExporter.Export(options) : WithTrial(options, golden, phrases);
    }

    /// <summary>What goes into the bundle is computed with a trial of it, of the same weights.</summary>
    private static BundleExportResult WithTrial(BundleExportOptions options, string? golden, bool phrases)
    {
        Action<string> progress = options.Progress ?? (_ => { });
        string scratch = Directory.CreateTempSubdirectory("cxr-lab-export-").FullName;
        try
        {
            string trial = Path.Combine(scratch, "bundle");
            progress("exporting a trial of the bundle to compute with");
            BundleExporter.Export(options with { OutputPath = trial, GoldenPath = null, TritonPath = null, Progress = null });
            using (Bundle bundle = Bundle.Open(trial, verifyChecksums: false))
            {
                if (golden is not null)
                {
                    options = options with { GoldenPath = Path.Combine(scratch, "golden.safetensors") };
                    GoldenTolerances.Write(bundle, golden, options.GoldenPath);
                }

                if (phrases)
                {
                    options = options with { PhrasesPath = Path.Combine(scratch, StoredPhraseFile.FileName) };
                    progress($"encoded {PhraseStates.Write(bundle, options.PhrasesPath)} standard prompts");
                }
            }

            return BundleExporter.Export(options);
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }
}
