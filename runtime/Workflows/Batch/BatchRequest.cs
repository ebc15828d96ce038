using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Workflows.Results;

namespace CxrOnnx.Workflows.Batch;

/// <summary>What <c>cxr batch</c> is to do.</summary>
public sealed record BatchRequest
{
    /// <summary>The images and what is asked of them.</summary>
    public required IBatchSource Source { get; init; }

    /// <summary>Folder of the results.</summary>
    public required string Folder { get; init; }

    /// <summary>The part to ground.</summary>
    public required BatchShard Shard { get; init; }

    /// <summary>Whether to go on with an earlier run.</summary>
    public bool Resume { get; init; }

    /// <summary>
    /// Whether images, phrases and reports that cannot be used are lines with an error, instead of being refused together before the first
    /// image is computed.
    /// </summary>
    public bool KeepGoing { get; init; }

    /// <summary>How heatmaps are stored; null writes none.</summary>
    public HeatmapStorage? Heatmaps { get; init; }

    /// <summary>Whether a picture is written for each phrase.</summary>
    public bool Overlays { get; init; }

    /// <summary>Whether the answers are also written as one CSV file, at the end of the run.</summary>
    public bool Csv { get; init; }

    /// <summary>Bundle folder or file.</summary>
    public required string Bundle { get; init; }

    /// <summary>The preset's name, or <c>auto</c>; see <see cref="ComputeChoice"/>.</summary>
    public string Preset { get; init; } = "exact";

    /// <summary><c>fp32</c>, <c>tf32</c>, <c>fp16</c> or <c>auto</c>; the one of <see cref="Model"/> does not count.</summary>
    public string Math { get; init; } = ComputeChoice.Auto;

    /// <summary>Whether the words of phrases are grounded exactly as they stand, whatever they say.</summary>
    public bool Verbatim { get; init; }

    /// <summary>Whether a calibrated bundle also says how likely the image supports each phrase.</summary>
    public bool Confidence { get; init; } = true;

    /// <summary>A pixel above this belongs to a region.</summary>
    public double Threshold { get; init; } = 0.5;

    /// <summary>Largest image that is read, in pixels.</summary>
    public long MaxPixels { get; init; }

    /// <summary>
    /// Images whose inversions are computed together; null: as many as the provider gains from (see
    /// <see cref="Grounding.GroundingPipeline.ImagesAtOnce"/>).
    /// </summary>
    public int? ImagesAtOnce { get; init; }

    /// <summary>What to run on.</summary>
    public GroundingModelOptions Model { get; init; } = new();
}
