using System.Text.Json.Serialization;

namespace CxrOnnx.Lab.Confidence;

/// <summary>
/// What a calibration keeps of an image that was asked, so that a killed run is gone on with; its phrases follow from its name.
/// </summary>
internal sealed record CalibrationRecord
{
    /// <summary>Width of the image in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Height of the image in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>See <see cref="CalibrationCase.ImageError"/>; 0 where nothing was asked.</summary>
    public required double Error { get; init; }

    /// <summary>Features of each phrase.</summary>
    public required double[][] Features { get; init; }

    /// <summary>The same of phrases of one side, their opposites, and both on the mirrored image.</summary>
    public required IReadOnlyList<MirroredCase> Mirrored { get; init; }
}

/// <summary>Generated code instead of reflection.</summary>
[JsonSerializable(typeof(CalibrationRecord))]
internal sealed partial class CalibrationRecordContext : JsonSerializerContext;
