namespace CxrOnnx.Trainer.Data;

/// <summary>One finding of a training image.</summary>
public sealed record TrainingFinding
{
    /// <summary>The standard prompt, for example <c>left lower pneumonia</c>.</summary>
    public required string Prompt { get; init; }

    /// <summary>Pathology by its name.</summary>
    public required string Pathology { get; init; }

    /// <summary>Locations by their names, as the atlas knows them.</summary>
    public required IReadOnlyList<string> Locations { get; init; }

    /// <summary>Boxes as x, y, width, height in pixels of the model's square image. Never used in training, only to score.</summary>
    public required IReadOnlyList<double[]> Boxes { get; init; }
}
