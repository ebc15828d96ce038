using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Methods;
using CxrOnnx.Evaluation.Scores;

namespace CxrOnnx.Evaluation.Report;

/// <summary>What the report needs of a system besides its scores.</summary>
/// <param name="Scores">Its scores.</param>
/// <param name="IsBaseline">Whether it is a baseline.</param>
/// <param name="Sketches">Its answers in the order of the cases.</param>
/// <param name="Tokens">Attention per token, for the cases it was asked for.</param>
public sealed record SystemPredictions(
    SystemScores Scores,
    bool IsBaseline,
    IReadOnlyList<PredictionSketch> Sketches,
    IReadOnlyDictionary<CaseKey, IReadOnlyList<TokenSketch>> Tokens
)
{
    private readonly Dictionary<CaseKey, CaseScore> _scores = Scores.Cases.ToDictionary(score => score.Case.Key);

    /// <summary>The score of a case; null where the system has no answer to it.</summary>
    /// <param name="key">The case.</param>
    public CaseScore? ScoreOf(CaseKey key) => _scores.GetValueOrDefault(key);
}
