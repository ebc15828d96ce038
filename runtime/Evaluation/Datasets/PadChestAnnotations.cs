using CxrOnnx.Core;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>PadChest-GR as phrases with boxes: the sentences of <see cref="PadChestReports"/> that have some.</summary>
internal static class PadChestAnnotations
{
    /// <summary>Reads the annotations.</summary>
    /// <exception cref="InputException">The file is wrong.</exception>
    public static EvaluationDataset Read(AnnotationInput input)
    {
        Dictionary<string, ImageSize> sizes = [];
        PadChestReports reports = PadChestReports.Read(input.Source.Annotations, (id, where) => sizes[id] = input.Size(id, where));
        int without = reports.Sentences.Count(sentence => !sentence.HasBoxes);
        return new EvaluationDataset(
            input.Source.Name,
            CaseGroups.OfPhrases(
                reports.Sentences.SelectMany(sentence =>
                    sentence.Boxes.Select(box => new AnnotatedBox(sentence.ImageId, sentence.Category, sizes[sentence.ImageId], box)
                    {
                        Phrase = sentence.Phrase,
                    })
                ),
                out _
            ),
            [
                $"{reports.Sentences.Count - without} of {reports.Sentences.Count} sentences have boxes and are the cases; {without} have "
                    + "none, most because they deny or describe what is normal. Boxes of one image and sentence are one case; extra_boxes "
                    + "are not used.",
                "Classes are the eight pathologies where one of the sentence's labels names one, else its first label.",
                .. reports.Notes,
            ]
        )
        {
            ImageIds = reports.ImageIds,
        };
    }
}
