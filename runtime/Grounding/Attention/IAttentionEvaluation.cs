namespace CxrOnnx.Grounding.Attention;

/// <summary>Evaluates the truncated U-Net for the prompts and steps of one grounding.</summary>
internal interface IAttentionEvaluation : IDisposable
{
    /// <summary>Evaluates a batch and adds its maps to the prompts' sums.</summary>
    /// <param name="batch">Pairs of steps and prompts.</param>
    /// <param name="sums">By prompt.</param>
    /// <param name="cancellationToken">Stops between two operators.</param>
    void Run(AttentionBatch batch, PromptSums[] sums, CancellationToken cancellationToken);
}
