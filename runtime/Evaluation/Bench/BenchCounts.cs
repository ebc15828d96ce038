using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Evaluation.Bench;

/// <summary>What a grounding evaluated, as the model counts it.</summary>
/// <param name="Attention">Evaluations of the truncated U-Net.</param>
/// <param name="Samples">How often its part before the prompt comes in was computed.</param>
/// <param name="Support">Evaluations of the whole U-Net on noised images, for confidence and evidence.</param>
internal readonly record struct BenchCounts(int Attention, int Samples, int Support)
{
    /// <summary>So far.</summary>
    public static BenchCounts Of(GroundingModel model) =>
        new((int)model.AttentionEvaluations, (int)model.AttentionSamples, (int)model.NoiseEvaluations);

    /// <summary>What came since.</summary>
    public static BenchCounts operator -(BenchCounts now, BenchCounts before) =>
        new(now.Attention - before.Attention, now.Samples - before.Samples, now.Support - before.Support);
}
