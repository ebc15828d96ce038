using System.Globalization;
using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Exporter;
using CxrOnnx.Exporter.Quantization;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;

namespace CxrOnnx.Lab.Quantization;

/// <summary>
/// Finds the <see cref="QuantizationPlan"/> of an int8 bundle: ranges from a calibration, and the fewest sensitive layers left in float32
/// with which the heatmaps stay alike those of the float32 bundle.
/// </summary>
public sealed class QuantizedExport : IDisposable
{
    private const int ComparedImages = 2;
    private const int ComparedPrompts = 4;
    private const int SensitivitySamples = 6;

    private static readonly GroundingModelOptions OnTheProcessor = new() { Provider = ExecutionProvider.Cpu };

    private readonly BundleExportOptions _options;
    private readonly CalibrationSettings _settings;
    private readonly Action<string> _progress;
    private readonly string _scratch = Directory.CreateTempSubdirectory("cxr-lab-int8-").FullName;

    /// <summary>Prepares an export.</summary>
    /// <param name="options">The export; its precision is int8.</param>
    /// <param name="settings">What to calibrate on.</param>
    public QuantizedExport(BundleExportOptions options, CalibrationSettings settings)
    {
        _options = options;
        _settings = settings;
        _progress = options.Progress ?? (_ => { });
    }

    /// <summary>Calibrates and searches.</summary>
    /// <exception cref="InputException">
    /// There are no images, the bundle has no tokenizer, or the model cannot be quantised within the bound.
    /// </exception>
    public QuantizationPlan FindPlan()
    {
        IReadOnlyList<GrayImage> images = _settings.Read();
        if (_options.TokenizerPath is null)
        {
            throw new InputException("--precision int8: the calibration needs prompts; give --tokenizer DIR");
        }

        _progress("exporting the float32 bundle to calibrate on");
        List<ObservedLayer> layers = [];
        using Bundle bundle = Export("float32", _options with { Precision = "fp32", Observed = layers });
        using GroundingModel model = GroundingModel.Load(bundle, OnTheProcessor);
        _progress($"calibrating on {images.Count} images");
        ActivationCalibration calibration = new(model, images);
        QuantizationPlan all = new() { Layers = calibration.Ranges(layers, _settings.Ranges) };

        GrayImage[] compared = [.. images.Take(ComparedImages)];
        string[] prompts =
        [
            .. Enumerable.Range(0, ComparedPrompts).Select(i => calibration.Prompts[i * calibration.Prompts.Count / ComparedPrompts]),
        ];
        IReadOnlyList<float[]> wanted = Heatmaps(model, compared, prompts);
        HeatmapSimilaritySummary Likeness(QuantizationPlan plan)
        {
            using Bundle candidate = Export("int8", _options with { Quantization = plan });
            using GroundingModel quantized = GroundingModel.Load(candidate, OnTheProcessor);
            return HeatmapSimilaritySummary.Of(wanted, Heatmaps(quantized, compared, prompts));
        }

        HeatmapSimilaritySummary likeness = Likeness(all);
        _progress($"all {all.Layers.Count} layers in 8 bits: {likeness}");
        QuantizationPlan plan = all;
        Dictionary<string, double> kept = [];
        if (likeness.Least < _settings.LeastCorrelation)
        {
            (string Group, double Error)[] groups = [.. Sensitivities(calibration, model, all).OrderByDescending(group => group.Error)];
            for (int count = 1; likeness.Least < _settings.LeastCorrelation; count *= 2)
            {
                if (count >= groups.Length)
                {
                    throw new InputException(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"--precision int8: even with the {kept.Count} most sensitive of {groups.Length} groups of layers in "
                                + $"float32 a heatmap correlates at {likeness.Least:F3} with fp32's, {_settings.LeastCorrelation} is the "
                                + $"least allowed; export with fp16 or fp32"
                        )
                    );
                }

                kept = groups.Take(count).ToDictionary(group => group.Group, group => group.Error);
                plan = all.Where(layer => !kept.ContainsKey(LayerGroup.Of(layer)));
                likeness = Likeness(plan);
                _progress($"{kept.Count} of {groups.Length} groups kept in float32 ({plan.Layers.Count} layers in 8 bits): {likeness}");
            }
        }

        return plan with
        {
            Provenance = Notes(images.Count, calibration.Samples.Count, all, plan, kept, likeness, compared.Length * prompts.Length),
        };
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_scratch, recursive: true);

    /// <summary>The change of the U-Net's prediction and attention when one group of layers alone is computed in 8 bits.</summary>
    private IEnumerable<(string Group, double Error)> Sensitivities(
        ActivationCalibration calibration,
        GroundingModel model,
        QuantizationPlan all
    )
    {
        UNetSample[] samples =
        [
            .. Enumerable
                .Range(0, SensitivitySamples)
                .Select(i => calibration.Samples[i * (calibration.Samples.Count - 1) / (SensitivitySamples - 1)]),
        ];
        (float[] Prediction, float[] Attention)[] wanted = [.. samples.Select(sample => calibration.Evaluate(model, sample))];
        foreach (string group in all.Layers.Keys.Select(LayerGroup.Of).Distinct().Order(StringComparer.Ordinal))
        {
            using Bundle candidate = Export("one", _options with { Quantization = all.Where(layer => LayerGroup.Of(layer) == group) });
            using GroundingModel quantized = GroundingModel.Load(candidate, OnTheProcessor);
            double error = samples
                .Zip(
                    wanted,
                    (sample, want) =>
                    {
                        (float[] prediction, float[] attention) = calibration.Evaluate(quantized, sample);
                        return RelativeError(want.Prediction, prediction) + RelativeError(want.Attention, attention);
                    }
                )
                .Average();
            _progress(FormattableString.Invariant($"  {group}: {error:F4}"));
            yield return (group, error);
        }
    }

    private static double RelativeError(float[] wanted, float[] got)
    {
        double difference = 0;
        double whole = 0;
        for (int i = 0; i < wanted.Length; i++)
        {
            difference += Math.Pow((double)got[i] - wanted[i], 2);
            whole += (double)wanted[i] * wanted[i];
        }

        return Math.Sqrt(difference / whole);
    }

    private static IReadOnlyList<float[]> Heatmaps(GroundingModel model, IEnumerable<GrayImage> images, string[] prompts)
    {
        GroundingPipeline grounder = new(model);
        List<float[]> maps = [];
        foreach (GrayImage image in images)
        {
            using ImageTrajectory trajectory = grounder.Invert(image);
            maps.AddRange(grounder.Ground(trajectory, prompts).Select(result => result.ModelHeatmap.Values));
        }

        return maps;
    }

    private Bundle Export(string name, BundleExportOptions options)
    {
        string folder = Path.Combine(_scratch, name);
        BundleExporter.Export(
            options with
            {
                OutputPath = folder,
                Force = true,
                GoldenPath = null,
                Fused = false,
                TritonPath = null,
                Progress = null,
            }
        );
        return Bundle.Open(folder, verifyChecksums: false);
    }

    private Dictionary<string, string> Notes(
        int images,
        int samples,
        QuantizationPlan all,
        QuantizationPlan plan,
        Dictionary<string, double> kept,
        HeatmapSimilaritySummary likeness,
        int maps
    ) =>
        new()
        {
            ["quantization.weights"] = FormattableString.Invariant($"int8, symmetric, per output channel, within +-{RowQuantizer.Limit}"),
            ["quantization.activations"] = FormattableString.Invariant(
                $"uint8, ranges {_settings.Ranges} of {samples} evaluations on {images} images"
            ),
            ["quantization.layers"] = FormattableString.Invariant($"{plan.Layers.Count} of {all.Layers.Count}"),
            ["quantization.kept_fp32"] =
                kept.Count == 0
                    ? "none"
                    : string.Join(
                        "; ",
                        kept.Select(group => FormattableString.Invariant($"{group.Key} (alone in 8 bits: error {group.Value:F4})"))
                    ),
            ["quantization.heatmaps"] = FormattableString.Invariant($"{likeness} against fp32, {maps} heatmaps of calibration images"),
        };
}
