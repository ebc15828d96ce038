using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Evaluation.Generalised;

/// <summary>A region that a system gives for a phrase.</summary>
/// <param name="Box">Its box in image pixels.</param>
/// <param name="Score">How sure the system is of it; the higher the surer, comparable over phrases and images.</param>
public sealed record ScoredRegion(PixelBox Box, double Score);
