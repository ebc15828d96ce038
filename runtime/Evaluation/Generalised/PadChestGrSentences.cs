using CxrOnnx.Core;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Evaluation.Generalised;

/// <summary>PadChest-GR as phrases with and without regions: the sentences of <see cref="PadChestReports"/>.</summary>
/// <remarks>
/// A sentence with boxes is supported, one that is not abnormal and has none says what is not there or normal. An abnormal one without
/// boxes is neither and is left out. <c>extra_boxes</c>, the second reader's, are not used.
/// </remarks>
internal static class PadChestGrSentences
{
    /// <summary>Reads the file.</summary>
    /// <param name="source">The file.</param>
    /// <param name="sizeOf">Size of an image; throws where it is not known.</param>
    /// <exception cref="InputException">It is wrong; names study and finding.</exception>
    public static GeneralisedSet Read(DatasetSource source, Func<string, string, ImageSize> sizeOf)
    {
        PadChestReports reports = PadChestReports.Read(source.Annotations, sizeOf);
        PadChestSentence[] asked = [.. reports.Sentences.Where(sentence => sentence.HasBoxes || !sentence.IsAbnormal)];
        GeneralisedCase[] cases =
        [
            .. asked
                .GroupBy(sentence => (sentence.ImageId, sentence.Phrase))
                .Select(group => Case([.. group], sizeOf(group.Key.ImageId, group.First().Where))),
        ];
        List<string> notes = [];
        int left = reports.Sentences.Count - asked.Length;
        if (left > 0)
        {
            notes.Add($"{left} abnormal {(left == 1 ? "sentence has" : "sentences have")} no boxes and were left out.");
        }

        int extra = reports.Sentences.Sum(sentence => sentence.ExtraBoxes);
        if (extra > 0)
        {
            notes.Add($"{extra} boxes of second readers (extra_boxes) were not used.");
        }

        notes.AddRange(reports.Notes);
        return new GeneralisedSet(source.Name, [.. cases.GroupBy(item => item.Phrase.ImageId).SelectMany(group => group)], notes);
    }

    /// <summary>The sentences of the same words on an image as one phrase; its class is that of the first.</summary>
    private static GeneralisedCase Case(PadChestSentence[] same, ImageSize size)
    {
        EvaluationCase phrase = new()
        {
            ImageId = same[0].ImageId,
            LabelText = same[0].Phrase,
            CategoryName = same[0].Category,
            ImageSize = size,
            Boxes = [.. same.SelectMany(sentence => sentence.Boxes).Select(box => box.ClippedTo(size))],
        };
        return new GeneralisedCase(phrase, phrase.Boxes.Count > 0 ? PhraseKind.Supported : PhraseKind.Denied);
    }
}
