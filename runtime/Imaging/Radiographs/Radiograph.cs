using CxrOnnx.Core.Preprocessing;

namespace CxrOnnx.Imaging.Radiographs;

/// <summary>A radiograph as it is displayed (upright, bone bright), and how the file's samples became it.</summary>
/// <param name="Image">The picture, values in [0,1].</param>
/// <param name="Provenance">Which branch was taken at every decision.</param>
public sealed record Radiograph(GrayImage Image, RadiographProvenance Provenance);
