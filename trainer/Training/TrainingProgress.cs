namespace CxrOnnx.Trainer.Training;

/// <summary>One line of a learning curve.</summary>
/// <param name="Stage">Which training it belongs to.</param>
/// <param name="Step">Steps done.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
/// <param name="StepsPerSecond">Speed since the last line.</param>
/// <param name="Values">Named numbers, in the order of the columns.</param>
public sealed record TrainingProgress(
    string Stage,
    long Step,
    long TotalSteps,
    double StepsPerSecond,
    IReadOnlyList<KeyValuePair<string, double>> Values
)
{
    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{Stage} {Step}/{TotalSteps} ({StepsPerSecond:0.00} it/s) "
                + $"{string.Join(' ', Values.Select(value => $"{value.Key}={value.Value:0.00000}"))}"
        );
}
