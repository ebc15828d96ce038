using CxrOnnx.Core;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>A sentence of a grounded report of PadChest-GR.</summary>
/// <param name="Where">Its place in the file, for messages.</param>
/// <param name="ImageId">The image.</param>
/// <param name="Text">The English sentence; null where there is none, which matters only to who asks for it.</param>
/// <param name="Category">The first of its labels that is one of the eight pathologies, else its first label.</param>
/// <param name="IsAbnormal">Whether it tells of something that is not normal.</param>
/// <param name="HasBoxes">Whether the file gives it boxes, also where they repeat those of an earlier sentence.</param>
/// <param name="Boxes">Its boxes in pixels, without those that an earlier sentence of the same words has.</param>
/// <param name="ExtraBoxes">How many boxes of a second reader it has.</param>
internal sealed record PadChestSentence(
    string Where,
    string ImageId,
    string? Text,
    string Category,
    bool IsAbnormal,
    bool HasBoxes,
    IReadOnlyList<PixelBox> Boxes,
    int ExtraBoxes
)
{
    /// <summary>The sentence as a phrase.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public string Phrase => Text ?? throw new InputException($"{Where}: sentence_en is empty or no text; fill it in, or remove the entry");
}
