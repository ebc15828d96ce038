using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Core.Confidence;

/// <summary>Reads and writes <c>confidence.json</c>: snake case, every field required, no others, no duplicates.</summary>
public static class ConfidenceFile
{
    /// <summary>Fewest and most reference phrases: a mean and a deviation need some, and each costs as much as a phrase.</summary>
    public const int FewestReferences = 4,
        MostReferences = 64;

    private const long LongestFile = 1 << 22;

    private static readonly ConfidenceContext Context = new(
        new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            WriteIndented = true,
            NewLine = "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            AllowDuplicateProperties = false,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
        }
    );

    /// <summary>Reads and checks a calibration.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArtifactException">
    /// It is missing, damaged, of an unknown schema version, or contradicts itself; the message lists every problem.
    /// </exception>
    public static ConfidenceCalibration Read(string path)
    {
        byte[] json;
        try
        {
            FileInfo file = new(path);
            if (!file.Exists)
            {
                throw new ArtifactException($"{path}: no such file; 'cxr-lab calibrate' writes it");
            }

            if (file.Length > LongestFile)
            {
                throw new ArtifactException($"{path}: has {file.Length} bytes, a calibration has at most {LongestFile}");
            }

            json = File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ArtifactException($"{path}: cannot be read: {exception.Message}", exception);
        }

        return Parse(json, path);
    }

    /// <summary>
    /// Parses and checks a calibration; its schema version is looked at first, so that a newer file is recognised as such.
    /// </summary>
    /// <param name="json">The text, UTF-8.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="ArtifactException">As <see cref="Read"/>.</exception>
    public static ConfidenceCalibration Parse(ReadOnlyMemory<byte> json, string source)
    {
        ConfidenceCalibration? calibration;
        try
        {
            using (JsonDocument document = JsonDocument.Parse(json))
            {
                CheckSchemaVersion(document.RootElement, source);
            }

            calibration = JsonSerializer.Deserialize(json.Span, Context.ConfidenceCalibration);
        }
        catch (JsonException exception)
        {
            string line = exception.LineNumber is { } number ? $"line {number + 1}: " : "";
            throw new ArtifactException(
                $"{source}: is not a calibration ({line}{exception.Message.Split('\n')[0].Split(" Path:")[0]}); make it again with "
                    + $"'cxr-lab calibrate'",
                exception
            );
        }

        string[] problems = [.. Problems(calibration!)];
        return problems.Length == 0
            ? calibration!
            : throw new ArtifactException($"{source}: {string.Join("; ", problems)}; make it again with 'cxr-lab calibrate'");
    }

    /// <summary>The text of a file, with a line feed at the end; <see cref="Parse"/> of it gives an equal calibration.</summary>
    public static string ToJson(ConfidenceCalibration calibration) =>
        JsonSerializer.Serialize(calibration, Context.ConfidenceCalibration) + "\n";

    /// <summary>Writes a calibration (temporary sibling, then rename).</summary>
    /// <exception cref="ArtifactException">It contradicts itself.</exception>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void Write(string path, ConfidenceCalibration calibration)
    {
        string json = ToJson(calibration);
        _ = Parse(System.Text.Encoding.UTF8.GetBytes(json), path);
        AtomicFile.WriteText(path, json);
    }

    private static void CheckSchemaVersion(JsonElement root, string source)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("schema_version", out JsonElement version))
        {
            throw new ArtifactException($"{source}: has no schema_version; it is not a calibration");
        }

        if (
            version.ValueKind != JsonValueKind.Number
            || !version.TryGetInt32(out int number)
            || number != ConfidenceCalibration.CurrentSchemaVersion
        )
        {
            throw new ArtifactException(
                $"{source}: has schema version {version.GetRawText()}, this program reads version "
                    + $"{ConfidenceCalibration.CurrentSchemaVersion}; calibrate again or use the program's other version"
            );
        }
    }

    private static IEnumerable<string> Problems(ConfidenceCalibration calibration)
    {
        if (calibration.WeightsSha256.Length != 64 || !calibration.WeightsSha256.All(char.IsAsciiHexDigit))
        {
            yield return "weights_sha256 is no SHA-256";
        }

        if (calibration.Probe.Timesteps.Count is < 1 or > NoiseProbe.MostTimesteps)
        {
            yield return $"the probe has {calibration.Probe.Timesteps.Count} timesteps, wanted 1 to {NoiseProbe.MostTimesteps}";
        }

        foreach (int timestep in calibration.Probe.Timesteps.Where(timestep => timestep < 0))
        {
            yield return $"timestep {timestep} of the probe is negative";
        }

        (double median, double limit) = calibration.ImageError;
        if (!(median > 0 && median <= limit && double.IsFinite(limit)))
        {
            yield return FormattableString.Invariant(
                $"image_error median {median} and limit {limit} must be positive, finite and in order"
            );
        }

        ConfidenceModel model = calibration.Model;
        if (!double.IsFinite(model.Intercept))
        {
            yield return "the intercept is not finite";
        }

        if (model.Features.Count == 0)
        {
            yield return "the model has no features";
        }

        foreach (ConfidenceFeature? feature in model.Features)
        {
            if (feature is null)
            {
                yield return "a feature is null";
            }
            else if (!SupportFeatures.Names.Contains(feature.Name))
            {
                yield return $"feature '{feature.Name}' is not known; known are {string.Join(", ", SupportFeatures.Names)}";
            }
            else if (!(feature.Scale > 0 && double.IsFinite(feature.Scale)))
            {
                yield return FormattableString.Invariant(
                    $"feature {feature.Name} has scale {feature.Scale}, it must be positive and finite"
                );
            }
            else if (!double.IsFinite(feature.Mean) || !double.IsFinite(feature.Weight))
            {
                yield return $"feature {feature.Name} has a mean or weight that is not finite";
            }
        }

        foreach (
            string name in model
                .Features.OfType<ConfidenceFeature>()
                .GroupBy(feature => feature.Name)
                .Where(group => group.Count() > 1)
                .Select(group => group.Key)
        )
        {
            yield return $"feature {name} is there twice";
        }

        foreach (string problem in ReferenceProblems(calibration))
        {
            yield return problem;
        }

        (double low, double high) = (model.Thresholds.NoRegion, model.Thresholds.Supported);
        if (!(low >= 0 && low <= high && high <= 1))
        {
            yield return FormattableString.Invariant($"thresholds no_region {low} and supported {high} must be in order and lie in [0, 1]");
        }
    }

    private static IEnumerable<string> ReferenceProblems(ConfidenceCalibration calibration)
    {
        if (calibration.References is not { } references)
        {
            IEnumerable<string> relative = SupportFeatures.Names.Skip(SupportFeatures.OwnCount);
            if (calibration.Model.Features.Any(feature => feature is not null && relative.Contains(feature.Name)))
            {
                yield return "the model compares with reference phrases, and there are no references";
            }

            yield break;
        }

        if (references.Count is < FewestReferences or > MostReferences)
        {
            yield return $"{references.Count} references, wanted {FewestReferences} to {MostReferences}";
        }

        foreach (string? text in references)
        {
            if (!StandardPrompt.TryParse(text ?? "", out StandardPrompt? prompt) || prompt.Locations.Count == 0)
            {
                yield return $"reference '{text}' is no standard prompt with a place";
            }
        }

        if (references.Distinct(StringComparer.Ordinal).Count() < references.Count)
        {
            yield return "a reference is there twice";
        }
    }
}

/// <summary>Generated code instead of reflection: a bundle with a calibration opens as quickly as one without.</summary>
[JsonSerializable(typeof(ConfidenceCalibration))]
internal sealed partial class ConfidenceContext : JsonSerializerContext;
