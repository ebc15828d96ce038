using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Exporter;

namespace CxrOnnx.Lab.Quantization;

/// <summary>An export in any precision: with a calibration where it needs one, and golden tolerances that fit it.</summary>
public static class PrecisionExport
{
    /// <summary>Exports.</summary>
    /// <param name="settings">The calibration of an int8 bundle, and of no other.</param>
    /// <param name="options">The export; without a quantisation plan.</param>
    /// <exception cref="CxrOnnxException">An option or a file is wrong.</exception>
    public static BundleExportResult Run(CalibrationSettings? settings, BundleExportOptions options)
    {
        if (options.Precision == "int8" && settings is null)
        {
            throw new InputException("--precision int8: activations' ranges are measured; give --calibration DIR with some radiographs like those to be grounded (16 are enough)");
        }

        if (options.Precision != "int8" && settings is not null) throw new InputException($"--calibration: is for --precision int8, not for {options.Precision}");
        if (options.Precision == "fp32") return BundleExporter.Export(options);
        BundleExporter.CheckOutput(options.OutputPath, options.Force);
        if (settings is not null)
        {
            using QuantizedExport export = new(options, settings);
            options = options with { Quantization = export.FindPlan() };
        }

        if (options.GoldenPath is not { } golden) return BundleExporter.Export(options);
        string scratch = Directory.CreateTempSubdirectory("cxr-lab-golden-").FullName;
        try
        {
            string trial = Path.Combine(scratch, "bundle");
            string adapted = Path.Combine(scratch, "golden.safetensors");
            BundleExporter.Export(options with { OutputPath = trial, GoldenPath = null, TritonPath = null, Progress = null });
            using (Bundle bundle = Bundle.Open(trial, verifyChecksums: false)) GoldenTolerances.Write(bundle, golden, adapted);
            return BundleExporter.Export(options with { GoldenPath = adapted });
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }
}
