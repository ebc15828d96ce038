using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Evaluation.ThirdParties;

/// <summary>One question to another system.</summary>
/// <param name="ImageId">Identifier of the image.</param>
/// <param name="LabelText">The phrase.</param>
/// <param name="CategoryName">The class.</param>
/// <param name="File">Name for the heatmap of the answer, unique among the rows.</param>
/// <param name="ImagePath">Whole path of the image; empty where no folder was given.</param>
/// <param name="Size">Size of the image in pixels.</param>
/// <param name="StandardPrompt">
/// Locations and pathology in the paper's words; empty for a class that is none of the eight pathologies.
/// </param>
public sealed record CaseRow(
    string ImageId,
    string LabelText,
    string CategoryName,
    string File,
    string ImagePath,
    ImageSize Size,
    string StandardPrompt
);
