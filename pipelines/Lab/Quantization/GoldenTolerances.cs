using System.Text.Json;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding;

namespace CxrOnnx.Lab.Quantization;

/// <summary>
/// Golden cases of a bundle of lower precision: those of the float32 model, with tolerances that are twice the largest difference measured at the export.
/// So <c>cxr verify</c> still compares with the model that was trained, and a machine that computes anything else fails.
/// </summary>
internal static class GoldenTolerances
{
    private const double Margin = 2;

    // Heatmaps lie in [0, 1]: a tolerance above it would not refuse much.
    private const double WidestHeatmap = 0.5;

    /// <summary>Measures and writes.</summary>
    /// <param name="bundle">The bundle, exported already.</param>
    /// <param name="golden">Golden cases of the float32 model.</param>
    /// <param name="output">File to write.</param>
    /// <exception cref="ArtifactException">The cases do not fit the bundle, or it is so far from them that they would prove nothing.</exception>
    public static void Write(Bundle bundle, string golden, string output)
    {
        ParityReport report = GoldenVerification.Run(bundle, golden, new GroundingModelOptions { Provider = ExecutionProvider.Cpu });
        string[] problems = [.. report.Problems, .. report.Tensors.Select(tensor => tensor.Problem).OfType<string>()];
        if (problems.Length > 0) throw new ArtifactException($"{golden}: does not fit the bundle: {problems[0]}");
        using SafetensorsFile file = SafetensorsFile.Open(golden);
        Dictionary<string, string> metadata = new(file.Metadata);
        foreach (IGrouping<string, TensorParity> graph in report.Tensors.GroupBy(tensor => tensor.Graph))
        {
            ParityTolerance stated = graph.First().Tolerance;
            double absolute = RoundUp(Math.Max(stated.Absolute, Margin * graph.Max(tensor => tensor.MaxAbsolute)));
            if (graph.Key is GoldenVerification.Pipeline or "grounding" && !(absolute <= WidestHeatmap))
            {
                throw new ArtifactException(FormattableString.Invariant(
                    $"{golden}: a heatmap of the {bundle.Manifest.Precision} bundle differs by {absolute / Margin:F2} from the float32 model's; export with a higher precision"));
            }

            metadata[$"tolerance.{graph.Key}"] = JsonSerializer.Serialize(
                new { atol = absolute, rtol = stated.Relative, max_outlier_fraction = stated.MaxOutlierFraction });
        }

        metadata["tolerances_of"] = bundle.Manifest.Precision;
        SafetensorsWriter.Write(output, [.. file.Tensors.Keys.Select(name => TensorPayload.Copy(file, name))], metadata);
    }

    /// <summary>Up to one significant digit, so that the last bits of a measurement do not decide a file's bytes.</summary>
    private static double RoundUp(double value)
    {
        if (value is not (> 0 and < double.PositiveInfinity)) return value;
        double unit = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return double.Parse(FormattableString.Invariant($"{Math.Ceiling(value / unit * (1 - 1e-9)) * unit:G2}"), System.Globalization.CultureInfo.InvariantCulture);
    }
}
