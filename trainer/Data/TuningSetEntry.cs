namespace CxrOnnx.Trainer.Data;

/// <summary>One sample of a tuning set: an image, and one pathology that its report sees at one or more of the 27 locations.</summary>
public sealed record TuningSetEntry
{
    /// <summary>Path of the image, relative to the folder of the images, with forward slashes.</summary>
    public required string Image { get; init; }

    /// <summary>Identifier of the image: its file's name without ending.</summary>
    public required string ImageId { get; init; }

    /// <summary>Identifier of the study that the report describes.</summary>
    public required string StudyId { get; init; }

    /// <summary>The standard prompt, for example <c>left lower pneumonia</c>.</summary>
    public required string Prompt { get; init; }

    /// <summary>Name of the pathology, one of the eight.</summary>
    public required string Pathology { get; init; }

    /// <summary>Names of the locations, each one of the 27; at least one.</summary>
    public required IReadOnlyList<string> Locations { get; init; }

    /// <summary><see cref="TuningSetFile.Train"/> or <see cref="TuningSetFile.Validate"/>.</summary>
    public required string Split { get; init; }

    /// <summary>Whether the report hedges every mention.</summary>
    public bool Uncertain { get; init; }
}
