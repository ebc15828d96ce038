using CxrOnnx.Core.Artifacts;
using CxrOnnx.Imaging.DicomObjects;
using CxrOnnx.Imaging.Overlay;
using CxrOnnx.Workflows.Phrases;
using CxrOnnx.Workflows.Results;

namespace CxrOnnx.Workflows.DicomResults;

/// <summary>Turns a result into DICOM objects of the source image's study.</summary>
public static class DicomResults
{
    /// <summary>What the objects are made of.</summary>
    /// <param name="source">The radiograph's file.</param>
    /// <param name="radiograph">How it was read.</param>
    /// <param name="result">The result document.</param>
    /// <param name="answers">What was found, in the order of the document's phrases.</param>
    /// <param name="pictures">The pictures, likewise; null where nothing was grounded.</param>
    /// <param name="created">When the objects are made.</param>
    public static DicomFindings Of(
        DicomSource source,
        Imaging.Radiographs.RadiographProvenance radiograph,
        GroundResult result,
        IReadOnlyList<PhraseAnswer> answers,
        IReadOnlyList<OverlayContent?> pictures,
        DateTimeOffset created
    ) =>
        new()
        {
            Source = source,
            Provenance = radiograph,
            Frame = result.Image.Frame,
            Findings = [.. result.Phrases.Select((phrase, i) => Finding(phrase, answers[i], pictures[i]))],
            Denied = [.. result.Report?.Denied.Select(Line) ?? []],
            Remarks = [.. result.Image.Warnings.Concat(result.Report?.Remarks ?? [])],
            Model = result.Bundle.Model,
            BundleId = result.Bundle.Id,
            Settings = $"preset {result.Preset}, {result.Provider.Math}",
            Threshold = result.Threshold,
            SoftwareVersion = result.CreatedBy,
            Created = created,
        };

    /// <summary>Writes the objects of several kinds as files.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="name">Gives the name of an object's file, without folder.</param>
    /// <param name="kinds">The kinds.</param>
    /// <param name="findings">The result.</param>
    /// <returns>What was written, with the names.</returns>
    /// <exception cref="Core.InputException">A kind cannot be made of this image, or a file cannot be written.</exception>
    public static IReadOnlyList<(string File, DicomObjectFile Object)> Write(
        string folder,
        Func<DicomObjectFile, string> name,
        IReadOnlyList<DicomObjectKind> kinds,
        DicomFindings findings
    )
    {
        List<(string, DicomObjectFile)> written = [];
        foreach (DicomObjectKind kind in kinds)
        {
            foreach (DicomObjectFile one in DicomObjectWriter.Write(kind, findings))
            {
                string file = name(one);
                AtomicFile.Write(Path.Combine(folder, file), stream => stream.Write(one.Content));
                written.Add((file, one));
            }
        }

        return written;
    }

    private static DicomFinding Finding(PhraseResult phrase, PhraseAnswer answer, OverlayContent? picture) =>
        new()
        {
            Phrase = phrase.Phrase,
            Grounded = phrase.Grounded,
            Pathology = phrase.Pathology,
            Verdict = phrase.Verdict ?? "confidence unknown",
            Note = answer.Grounding is null ? "" : VerdictNotes.Of(phrase.Region),
            Sentence = phrase.Sentence,
            Uncertain = phrase.Uncertain,
            IsSupported = phrase.Region == Core.Confidence.RegionSupport.Supported,
            Confidence = phrase.Confidence,
            Boxes = [.. answer.Grounding?.Regions.Select(region => region.Box) ?? []],
            Heatmap = answer.Grounding?.Heatmap.Values ?? ReadOnlyMemory<float>.Empty,
            Picture = picture,
        };

    private static string Line(DeniedResult denied) =>
        $"{denied.Pathology}{(denied.Locations.Count > 0 ? $" ({string.Join(", ", denied.Locations)})" : "")}: {denied.Sense}";
}
