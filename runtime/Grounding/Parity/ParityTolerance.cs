using System.Text.Json;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Grounding.Parity;

/// <summary>When two tensors count as equal.</summary>
/// <param name="Absolute">An element passes when |got - want| &lt;= Absolute + Relative |want|.</param>
/// <param name="Relative">See <paramref name="Absolute"/>.</param>
/// <param name="MaxOutlierFraction">Share of a tensor's elements that may fail, for masks that flip at a threshold; 0 = none.</param>
public sealed record ParityTolerance(double Absolute, double Relative, double MaxOutlierFraction)
{
    /// <summary>Parses <c>{"atol":..,"rtol":..,"max_outlier_fraction":..}</c>.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">Where it stands, for messages.</param>
    /// <exception cref="ArtifactException">It is not such an object, or a number is negative or not finite.</exception>
    public static ParityTolerance Parse(string json, string source)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            string[] known = ["atol", "rtol", "max_outlier_fraction"];
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (!known.Contains(property.Name))
                {
                    throw new ArtifactException($"{source}: unknown key '{property.Name}'; known are {string.Join(", ", known)}");
                }
            }

            ParityTolerance tolerance = new(
                document.RootElement.GetProperty("atol").GetDouble(),
                document.RootElement.GetProperty("rtol").GetDouble(),
                document.RootElement.TryGetProperty("max_outlier_fraction", out JsonElement fraction) ? fraction.GetDouble() : 0
            );
            bool sensible =
                tolerance is { Absolute: >= 0, Relative: >= 0, MaxOutlierFraction: >= 0 and < 1 }
                && double.IsFinite(tolerance.Absolute)
                && double.IsFinite(tolerance.Relative);
            return sensible
                ? tolerance
                : throw new ArtifactException($"{source}: {json}: numbers must not be negative, and the fraction must be below 1");
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new ArtifactException($"{source}: {json} is not a tolerance; wanted {{\"atol\": number, \"rtol\": number}}", error);
        }
    }

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"{Absolute:0.###e+0} + {Relative:0.###e+0} |want|")
        + (MaxOutlierFraction > 0 ? FormattableString.Invariant($" but {MaxOutlierFraction:P2}") : "");
}
