using CxrOnnx.Core;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Evaluation.Classification;

/// <summary>What <c>cxr classify</c> is to do.</summary>
public sealed record ClassifyRequest
{
    /// <summary>The annotations.</summary>
    public required DatasetSource Source { get; init; }

    /// <summary>Folder of the images.</summary>
    public required string Images { get; init; }

    /// <summary>Which frame or page is read of files with several, from 1; null: such a file is refused.</summary>
    public int? Frame { get; init; }

    /// <summary>The bundle.</summary>
    public required string Bundle { get; init; }

    /// <summary>The preset of the heatmaps.</summary>
    public string Preset { get; init; } = "exact";

    /// <summary>What to run on.</summary>
    public GroundingModelOptions Model { get; init; } = new();

    /// <summary>The phrase of the positive class.</summary>
    public string Positive { get; init; } = "pneumothorax";

    /// <summary>The phrase of the negative class; empty for the empty prompt.</summary>
    public string Negative { get; init; } = "No acute cardiopulmonary process";

    /// <summary>The data set's class whose images are the positives; null: the one that <see cref="Positive"/> is called.</summary>
    public string? Category { get; init; }

    /// <summary>
    /// CSV file with more images (a column image_id or dicom_id): those without a box of the class are negatives too; or CheXpert's labels
    /// by study; or null. See <see cref="NegativeImages"/>.
    /// </summary>
    public string? Negatives { get; init; }

    /// <summary>MIMIC-CXR-JPG's metadata, for negatives by study; null: looked for beside the images.</summary>
    public string? Metadata { get; init; }

    /// <summary>Images of each class that are looked at; 0 = all.</summary>
    public int Limit { get; init; }

    /// <summary>The mIoU that separates the bins; null: the positives' median.</summary>
    public double? Split { get; init; }

    /// <summary>Noise, time steps, seed; a time range of (0, 0) means all of the model's steps.</summary>
    public DiffusionErrorSettings Errors { get; init; } = new();

    /// <summary>Bootstrap resamples.</summary>
    public int Resamples { get; init; } = 10_000;

    /// <summary>Folder for the results.</summary>
    public required string Folder { get; init; }

    /// <summary>The error settings with the model's own range of steps where none was asked for; checked.</summary>
    /// <exception cref="InputException">A number is out of range.</exception>
    public DiffusionErrorSettings ErrorsFor(GroundingModel model)
    {
        int timesteps = model.Schedule.NumTrainTimesteps;
        DiffusionErrorSettings settings = Errors.TimeRange == (0, 0) ? Errors with { TimeRange = (0, timesteps) } : Errors;
        settings.Check(timesteps);
        return settings;
    }

    /// <summary>Checks what needs no file.</summary>
    /// <exception cref="InputException">A number is out of range.</exception>
    public void Check()
    {
        if (Resamples is < 1 or > 1_000_000)
        {
            throw new InputException($"`bootstrap` {Resamples}: wanted 1 to 1000000");
        }

        if (Limit < 0 || Split is < 0 or > 1)
        {
            throw new InputException(FormattableString.Invariant($"`limit` {Limit}, `miou-split` {Split}: wanted at least 0, and 0 to 1"));
        }
    }
}
