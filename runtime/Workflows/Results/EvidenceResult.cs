using System.Text.Json.Serialization;

namespace CxrOnnx.Workflows.Results;

/// <summary>What an image says of a phrase.</summary>
/// <param name="Score">How much better the noise is predicted with the phrase than without; compares phrases on one image.</param>
/// <param name="OtherSide">The same words with left for right; absent where the phrase is not of one side.</param>
/// <param name="OtherSideScore">The score of the other side.</param>
/// <param name="PlacesAsked">How many places were asked for a phrase that names none; 0 where it names one.</param>
public sealed record EvidenceResult(
    double Score,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? OtherSide,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? OtherSideScore,
    int PlacesAsked
);
