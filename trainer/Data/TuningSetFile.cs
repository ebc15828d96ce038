using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Trainer.Data;

/// <summary>Reads and writes tuning sets: one JSON object per line, keys in snake case (<c>tuning-set.jsonl</c>).</summary>
public static class TuningSetFile
{
    /// <summary>Value of <see cref="TuningSetEntry.Split"/> for samples to learn from.</summary>
    public const string Train = "train";

    /// <summary>Value of <see cref="TuningSetEntry.Split"/> for samples that only measure.</summary>
    public const string Validate = "validate";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>
    /// The split of a patient: a function of the identifier alone, so that it is the same in every run and no patient is in both.
    /// </summary>
    /// <param name="patientId">Identifier of the patient, or of the study where the patient is not known.</param>
    /// <param name="validationShare">Expected share of patients that are only measured on, in [0,1].</param>
    public static string SplitOf(string patientId, double validationShare)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(patientId));
        double unit = (BitConverter.ToUInt64(hash) >> 11) * (1.0 / (1UL << 53));
        return unit < validationShare ? Validate : Train;
    }

    /// <summary>Writes a set, whole or not at all.</summary>
    public static void Write(string path, IEnumerable<TuningSetEntry> entries) =>
        AtomicFile.Write(
            path,
            stream =>
            {
                foreach (TuningSetEntry entry in entries)
                {
                    JsonSerializer.Serialize(stream, entry, Json);
                    stream.WriteByte((byte)'\n');
                }
            }
        );

    /// <summary>Reads a set and checks every line.</summary>
    /// <exception cref="InputException">The file is missing or empty, or a line is wrong; names the line.</exception>
    public static IReadOnlyList<TuningSetEntry> Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new InputException($"{path}: no such tuning set; cxr-lab curate makes one");
        }

        TuningSetEntry[] entries =
        [
            .. File.ReadLines(path)
                .Index()
                .Where(line => line.Item.Length > 0)
                .Select(line => Parse(line.Item, $"{path} line {line.Index + 1}")),
        ];
        return entries.Length > 0 ? entries : throw new InputException($"{path}: holds no samples");
    }

    private static TuningSetEntry Parse(string line, string where)
    {
        TuningSetEntry? entry;
        try
        {
            entry = JsonSerializer.Deserialize<TuningSetEntry>(line, Json);
        }
        catch (JsonException exception)
        {
            throw new InputException($"{where}: {exception.Message}", exception);
        }

        string? problem = entry switch
        {
            null => "null, want an object",
            { Image: null or "" } or { ImageId: null or "" } or { Prompt: null or "" } or { Locations: null } =>
                "image, image_id, prompt and locations must not be empty",
            { Split: not (Train or Validate) } => $"split '{entry.Split}', want {Train} or {Validate}",
            _ when !Pathology.TryFind(entry.Pathology ?? "", out _) => $"pathology '{entry.Pathology}' is none of the eight",
            { Locations.Count: 0 } => "locations is empty, want at least one",
            _ when entry.Locations.FirstOrDefault(name => !Location.TryFind(name ?? "", out _)) is { } unknown =>
                $"location '{unknown}' is none of the 27",
            _ when Path.IsPathRooted(entry.Image) || entry.Image.Split('/', '\\').Contains("..") =>
                $"image '{entry.Image}' leaves the folder of the images",
            _ => null,
        };
        return problem is null ? entry! : throw new InputException($"{where}: {problem}");
    }
}
