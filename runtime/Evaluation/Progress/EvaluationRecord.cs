using System.Text.Json.Serialization;

namespace CxrOnnx.Evaluation.Progress;

/// <summary>What an evaluation keeps of an answered case: all that its documents need.</summary>
internal sealed record EvaluationRecord
{
    /// <summary>See <see cref="Scores.CaseScore.Cnr"/>.</summary>
    public double? Cnr { get; init; }

    /// <summary>See <see cref="Scores.CaseScore.CnrOrderFree"/>.</summary>
    public double? CnrOrderFree { get; init; }

    /// <summary>See <see cref="Scores.CaseScore.MIoU"/>.</summary>
    public required double MIoU { get; init; }

    /// <summary>See <see cref="Scores.CaseScore.Auroc"/>.</summary>
    public double? Auroc { get; init; }

    /// <summary>What was odd, one sentence each.</summary>
    public required IReadOnlyList<string> Remarks { get; init; }

    /// <summary>The answer's sketch, packed.</summary>
    public required byte[] Sketch { get; init; }

    /// <summary>The sketches of tokens, where they were asked for.</summary>
    public IReadOnlyList<TokenRecord>? Tokens { get; init; }
}

/// <summary>The sketch of a token.</summary>
/// <param name="Token">The token.</param>
/// <param name="Sketch">Its heatmap's sketch, packed.</param>
internal sealed record TokenRecord(string Token, byte[] Sketch);

/// <summary>Generated code instead of reflection. A ratio may be infinite.</summary>
[JsonSourceGenerationOptions(
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(EvaluationRecord))]
internal sealed partial class EvaluationRecordContext : JsonSerializerContext;
