using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Phantom;

/// <summary>A finding as it was drawn.</summary>
/// <param name="Pathology">One of the eight pathologies, in the words of the location dictionary ("pleural effusion").</param>
/// <param name="Locations">One or two of the 27 locations ("left lower", "bibasilar").</param>
/// <param name="Prompt">The text of <see cref="StandardPrompt"/> ("left lower pneumonia").</param>
/// <param name="Boxes">Tight boxes in image pixels; a bilateral finding has two, the patient's right first.</param>
/// <param name="Severity">0 just visible, 1 severe.</param>
public sealed record PhantomFinding(
    string Pathology,
    IReadOnlyList<string> Locations,
    string Prompt,
    IReadOnlyList<PixelBox> Boxes,
    float Severity
)
{
    /// <summary>The standard prompt of the finding.</summary>
    public StandardPrompt StandardPrompt =>
        new(
            Core.Prompts.Pathology.All.First(candidate => candidate.Name == Pathology),
            Locations.Select(name => Location.All.First(location => location.Name == name))
        );
}
