namespace CxrOnnx.Grounding.Attention;

/// <summary>One call of the attention graph: every pair of some consecutive steps and some consecutive prompts.</summary>
/// <param name="FirstStep">Position of the first step in the plan.</param>
/// <param name="Steps">Number of steps.</param>
/// <param name="FirstPrompt">Position of the first prompt.</param>
/// <param name="Prompts">Number of prompts.</param>
internal readonly record struct AttentionBatch(int FirstStep, int Steps, int FirstPrompt, int Prompts)
{
    // A CPU gains little from more.
    private const int FixedSteps = 4;

    /// <summary>Evaluations of the truncated U-Net.</summary>
    public int Count => Steps * Prompts;

    /// <summary>
    /// Cuts steps x prompts into batches. What does not depend on the prompt is computed once per step and batch, so a batch takes as many
    /// prompts as fit before it takes a second step; what does not go evenly is spread, so that no batch is much smaller than the others.
    /// </summary>
    /// <param name="steps">Number of steps; at least 1.</param>
    /// <param name="prompts">Number of prompts.</param>
    /// <param name="most">Evaluations that fit into one batch; at least 1.</param>
    /// <returns>Batches that hold every pair once; those of one prompt in ascending order of its steps.</returns>
    public static IEnumerable<AttentionBatch> Cut(int steps, int prompts, int most) =>
        from prompt in Share(prompts, most)
        from step in Share(steps, Math.Max(1, most / prompt.Count))
        select new AttentionBatch(step.First, step.Count, prompt.First, prompt.Count);

    /// <summary>
    /// The same in batches whose form the number of steps alone decides, so that a prompt is computed by the same calls whatever else is
    /// asked for: one prompt, about four steps.
    /// </summary>
    /// <param name="steps">Number of steps; at least 1.</param>
    /// <param name="prompts">Number of prompts.</param>
    public static IEnumerable<AttentionBatch> CutAlike(int steps, int prompts) =>
        from prompt in Enumerable.Range(0, prompts)
        from step in Share(steps, FixedSteps)
        select new AttentionBatch(step.First, step.Count, prompt, 1);

    private static IEnumerable<(int First, int Count)> Share(int total, int most)
    {
        int parts = (total + most - 1) / most;
        for (int part = 0; part < parts; part++)
        {
            int first = (int)((long)total * part / parts);
            yield return (first, (int)((long)total * (part + 1) / parts) - first);
        }
    }
}
