namespace CxrOnnx.Trainer.Settings;

/// <summary>Linear warm-up, a plateau, then a cosine fall to a fraction of the peak.</summary>
public sealed record LearningRateSchedule
{
    /// <summary>Learning rate of the plateau.</summary>
    public double Peak { get; init; } = 1e-3;

    /// <summary>Steps of the linear warm-up from 0.</summary>
    public long WarmUpSteps { get; init; } = 100;

    /// <summary>Steps of the whole run; the rate stays at its last value beyond.</summary>
    public long TotalSteps { get; init; } = 1000;

    /// <summary>Share of <see cref="TotalSteps"/> after which the cosine fall begins.</summary>
    public double DecayStart { get; init; } = 0.6;

    /// <summary>Last rate as a fraction of <see cref="Peak"/>.</summary>
    public double FinalFraction { get; init; } = 0.05;

    /// <summary>The learning rate of one step.</summary>
    /// <param name="step">Counted from 0.</param>
    public double At(long step)
    {
        if (step < WarmUpSteps)
        {
            return Peak * (step + 1) / WarmUpSteps;
        }

        double start = DecayStart * TotalSteps;
        if (step <= start)
        {
            return Peak;
        }

        double progress = Math.Min(1, (step - start) / Math.Max(1, TotalSteps - start));
        return Peak * (FinalFraction + ((1 - FinalFraction) * 0.5 * (1 + Math.Cos(Math.PI * progress))));
    }
}
