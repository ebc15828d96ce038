using System.Globalization;
using System.Text.Json;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding.Parity;
using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Lab.Quantization;

/// <summary>
/// Golden cases of a bundle of lower precision: those of the float32 model, with tolerances that follow from the differences measured at
/// the export. So <c>cxr verify</c> still compares with the model that was trained, and a machine that computes anything else fails.
/// </summary>
/// <remarks>
/// Rounding is noise with a few large values, so one limit for the largest difference would let nearly everything pass. Instead the limit
/// is the smallest part of the largest difference (an eighth, a quarter, a half) beyond which few elements lie, and twice their share may
/// lie outside of it. Where the differences are all alike, the limit is twice the largest.
/// </remarks>
internal static class GoldenTolerances
{
    private const double Margin = 2;
    private const double SmallestShare = 0.001;
    private const double LargestShare = 0.05;

    private static readonly double[] PartsOfLargest = [1.0 / 8, 1.0 / 4, 1.0 / 2];

    // Heatmaps lie in [0, 1]: one further off than this is another heatmap.
    private const double WidestHeatmap = 0.25;

    /// <summary>Measures and writes.</summary>
    /// <param name="bundle">The bundle, exported already.</param>
    /// <param name="golden">Golden cases of the float32 model.</param>
    /// <param name="output">File to write.</param>
    /// <exception cref="ArtifactException">
    /// The cases do not fit the bundle, or it is so far from them that they would prove nothing.
    /// </exception>
    public static void Write(Bundle bundle, string golden, string output)
    {
        ILookup<string, TensorParity> measured = Measure(bundle, golden);
        if (
            measured[GoldenVerification.Pipeline]
                .Concat(measured["grounding"])
                .Concat(measured[GoldenVerification.Evidence])
                .FirstOrDefault(heatmap => !(heatmap.MaxAbsolute <= WidestHeatmap)) is
            { } far
        )
        {
            throw new ArtifactException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{golden}: {far.Name} of the {bundle.Manifest.Precision} bundle differs by {far.MaxAbsolute:F2} from the float32 "
                        + $"model's, {WidestHeatmap} is the most allowed; export with a higher precision"
                )
            );
        }

        // A graph that keeps the tolerance of float32 (what is not quantised does) keeps it.
        Dictionary<string, ParityTolerance> tolerances = measured
            .Where(graph => !graph.All(tensor => tensor.Passed))
            .ToDictionary(graph => graph.Key, graph => Scaled(graph, Margin));
        HashSet<string> open = [.. tolerances.Keys];
        foreach (double part in PartsOfLargest)
        {
            Dictionary<string, ParityTolerance> narrow = open.ToDictionary(graph => graph, graph => Scaled(measured[graph], part));
            Copy(golden, output, narrow, bundle.Manifest.Precision);
            ILookup<string, TensorParity> outside = Measure(bundle, output);
            foreach ((string graph, ParityTolerance tolerance) in narrow)
            {
                double share = outside[graph].Max(tensor => tensor.FailedElements / (double)tensor.ElementCount);
                if (share > LargestShare)
                {
                    continue;
                }

                tolerances[graph] = tolerance with
                {
                    MaxOutlierFraction = Math.Max(tolerance.MaxOutlierFraction, RoundUp(Math.Max(SmallestShare, Margin * share))),
                };
                open.Remove(graph);
            }
        }

        Copy(golden, output, tolerances, bundle.Manifest.Precision);
    }

    private static ILookup<string, TensorParity> Measure(Bundle bundle, string golden)
    {
        ParityReport report = GoldenVerification.Run(bundle, golden, new GroundingModelOptions { Provider = ExecutionProvider.Cpu });
        string? problem = report.Problems.Concat(report.Tensors.Select(tensor => tensor.Problem).OfType<string>()).FirstOrDefault();
        return problem is null
            ? report.Tensors.ToLookup(tensor => tensor.Graph)
            : throw new ArtifactException($"{golden}: does not fit the bundle: {problem}");
    }

    private static ParityTolerance Scaled(IEnumerable<TensorParity> graph, double factor)
    {
        ParityTolerance stated = graph.First().Tolerance;
        return stated with { Absolute = Math.Max(stated.Absolute, RoundUp(factor * graph.Max(tensor => tensor.MaxAbsolute))) };
    }

    private static void Copy(string golden, string output, Dictionary<string, ParityTolerance> tolerances, string precision)
    {
        using SafetensorsFile file = SafetensorsFile.Open(golden);
        Dictionary<string, string> metadata = new(file.Metadata) { ["tolerances_of"] = precision };
        foreach ((string graph, ParityTolerance tolerance) in tolerances)
        {
            metadata[$"tolerance.{graph}"] = JsonSerializer.Serialize(
                new
                {
                    atol = tolerance.Absolute,
                    rtol = tolerance.Relative,
                    max_outlier_fraction = tolerance.MaxOutlierFraction,
                }
            );
        }

        SafetensorsWriter.Write(output, [.. file.Tensors.Keys.Select(name => TensorPayload.Copy(file, name))], metadata);
    }

    /// <summary>Up to one significant digit, so that the last bits of a measurement do not decide a file's bytes.</summary>
    private static double RoundUp(double value)
    {
        if (value is not (> 0 and < double.PositiveInfinity))
        {
            return value;
        }

        double unit = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return double.Parse(
            FormattableString.Invariant($"{Math.Ceiling(value / unit * (1 - 1e-9)) * unit:G2}"),
            System.Globalization.CultureInfo.InvariantCulture
        );
    }
}
