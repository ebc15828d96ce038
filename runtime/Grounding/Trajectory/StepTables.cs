using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Grounding.Trajectory;

/// <summary>A plan's steps as the tables that the step graph reads a row of per call.</summary>
internal static class StepTables
{
    /// <summary>
    /// By step, the update as two rows of weights of (latents, memory, U-Net's output): [N, 2, 3]. The first row gives the next latents,
    /// the second what a multistep solver remembers; DDIM remembers nothing. Steps beyond the last keep the state as it is.
    /// </summary>
    /// <param name="model">Gives DDIM's coefficients.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="rows">N.</param>
    public static float[] Coefficients(GroundingModel model, GroundingPlan plan, int rows)
    {
        float[] table = new float[rows * 6];
        for (int i = 0; i < rows; i++)
        {
            Span<float> step = table.AsSpan(i * 6, 6);
            if (i >= plan.InversionEvaluations)
            {
                step[0] = 1;
                step[4] = 1;
            }
            else if (plan.Solver is { } solver)
            {
                solver.Weights(i).CopyTo(step);
            }
            else
            {
                step[0] = (float)model.Inversion[i].NextSample;
                step[2] = (float)model.Inversion[i].NextOutput;
            }
        }

        return table;
    }

    /// <summary>Training time step of each step, int64 [N]; those beyond the last are the last.</summary>
    public static long[] Timesteps(GroundingModel model, GroundingPlan plan, int rows) =>
        [.. Enumerable.Range(0, rows).Select(i => (long)plan.TimestepOf(Math.Min(i, plan.InversionEvaluations), model.Timesteps))];
}
