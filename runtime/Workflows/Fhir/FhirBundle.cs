using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using CxrOnnx.Workflows.Results;

namespace CxrOnnx.Workflows.Fhir;

/// <summary>
/// A result as a FHIR R5 Bundle: an Observation per phrase, and for its boxes an ImagingSelection (which R4 does not have) of the source
/// image. It names study, series and instance, but no patient: whoever stores it adds the subject.
/// </summary>
public static class FhirBundle
{
    /// <summary>Name of the file in the output folder.</summary>
    public const string FileName = "fhir.json";

    private const string Disclaimer = "Research use only, not for diagnostic use";

    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes the document.</summary>
    /// <param name="result">The result of a DICOM image, with its identifiers.</param>
    /// <param name="sopClass">SOP Class UID of the image.</param>
    /// <exception cref="ArgumentException">The result has no identifiers.</exception>
    public static string Write(GroundResult result, string sopClass)
    {
        if (result.Image.Dicom is not { StudyInstanceUid: not null, SeriesInstanceUid: not null, SopInstanceUid: { } instance } dicom)
        {
            throw new ArgumentException("a result without the identifiers of its DICOM image", nameof(result));
        }

        JsonArray entries = [];
        for (int i = 0; i < result.Phrases.Count; i++)
        {
            PhraseResult phrase = result.Phrases[i];
            string name = FormattableString.Invariant($"{instance}|{result.Bundle.Id}|{result.Preset}|{i}|{phrase.Phrase}");
            string? selection = phrase.StoredBoxes is { Count: > 0 } ? Urn($"selection|{name}") : null;
            entries.Add(Entry(Urn($"observation|{name}"), Observation(result, phrase, selection)));
            if (selection is not null)
            {
                entries.Add(Entry(selection, Selection(result, phrase, dicom, sopClass)));
            }
        }

        JsonObject bundle = new()
        {
            ["resourceType"] = "Bundle",
            ["type"] = "collection",
            ["entry"] = entries,
        };
        return bundle.ToJsonString(Options) + "\n";
    }

    private static JsonObject Entry(string url, JsonObject resource) => new() { ["fullUrl"] = url, ["resource"] = resource };

    private static JsonObject Observation(GroundResult result, PhraseResult phrase, string? selection)
    {
        JsonObject observation = new()
        {
            ["resourceType"] = "Observation",
            ["status"] = "preliminary",
            ["code"] = new JsonObject { ["text"] = $"Place of the phrase: {phrase.Phrase}" },
            ["valueString"] = Value(phrase),
            ["method"] = new JsonObject
            {
                ["text"] = $"{result.CreatedBy}, {result.Bundle.Model} {result.Bundle.Id}, preset {result.Preset}, {result.Provider.Math}",
            },
            ["note"] = new JsonArray(Note(Disclaimer), Note(VerdictOf(phrase))),
        };
        if (selection is not null)
        {
            observation["derivedFrom"] = new JsonArray(new JsonObject { ["reference"] = selection });
        }

        if (phrase.Confidence is { } confidence)
        {
            observation["component"] = new JsonArray(
                new JsonObject
                {
                    ["code"] = new JsonObject { ["text"] = "Probability that the image supports the phrase" },
                    ["valueQuantity"] = new JsonObject
                    {
                        ["value"] = confidence,
                        ["system"] = "http://unitsofmeasure.org",
                        ["code"] = "1",
                    },
                }
            );
        }

        if (phrase.Sentence is { } sentence)
        {
            observation["note"]!.AsArray().Add((JsonNode)Note($"Sentence of the report: {sentence}"));
        }

        return observation;
    }

    private static string VerdictOf(PhraseResult phrase) =>
        phrase.Denied == true ? "denied: nothing was located" : VerdictNotes.Of(phrase.Region);

    private static string Value(PhraseResult phrase) =>
        (phrase.Uncertain == true ? "uncertain in the report; " : "") + (phrase.Verdict ?? "confidence unknown");

    private static JsonObject Note(string text) => new() { ["text"] = text };

    private static JsonObject Selection(GroundResult result, PhraseResult phrase, DicomResult dicom, string sopClass)
    {
        JsonObject instance = new()
        {
            ["uid"] = dicom.SopInstanceUid,
            ["sopClass"] = new JsonObject { ["system"] = "urn:ietf:rfc:3986", ["code"] = $"urn:oid:{sopClass}" },
            ["imageRegion2D"] = new JsonArray([.. phrase.StoredBoxes!.Select(Region)]),
        };
        if (result.Image.Frame is { } frame)
        {
            instance["subset"] = new JsonArray(FormattableString.Invariant($"{frame}"));
        }

        return new JsonObject
        {
            ["resourceType"] = "ImagingSelection",
            ["status"] = "available",
            ["code"] = new JsonObject { ["text"] = $"Boxes of the phrase: {phrase.Phrase} ({Disclaimer})" },
            ["studyUid"] = dicom.StudyInstanceUid,
            ["seriesUid"] = dicom.SeriesInstanceUid,
            ["instance"] = new JsonArray(instance),
        };
    }

    /// <summary>A closed line in the pixels of the stored image, as DICOM counts them.</summary>
    private static JsonNode Region(IReadOnlyList<double> box)
    {
        (double left, double top, double right, double bottom) = (box[0], box[1], box[0] + box[2], box[1] + box[3]);
        double[] points = [left, top, right, top, right, bottom, left, bottom, left, top];
        return new JsonObject
        {
            ["regionType"] = "polyline",
            ["coordinate"] = new JsonArray([.. points.Select(point => (JsonNode)JsonValue.Create(point))]),
        };
    }

    /// <summary>A UUID made of what the resource is about (RFC 9562 version 8): the same result has the same one.</summary>
    private static string Urn(string name)
    {
        Span<byte> bytes = SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return $"urn:uuid:{new Guid(bytes, bigEndian: true)}";
    }
}
