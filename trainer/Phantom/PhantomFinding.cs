using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Trainer.Phantom;

/// <summary>A finding as it was drawn.</summary>
/// <param name="Pathology">One of the eight pathologies, in the words of the location dictionary ("pleural effusion").</param>
/// <param name="Locations">One or two of the 27 locations ("left lower", "bibasilar").</param>
/// <param name="Prompt">The standard prompt, "{location} {pathology}" ("left lower pneumonia").</param>
/// <param name="Boxes">Tight boxes in image pixels; a bilateral finding has two, the patient's right first.</param>
/// <param name="Severity">0 just visible, 1 severe.</param>
public sealed record PhantomFinding(
    string Pathology, IReadOnlyList<string> Locations, string Prompt, IReadOnlyList<PixelBox> Boxes, float Severity);
