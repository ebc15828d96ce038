namespace CxrOnnx.Grounding.Confidence;

/// <summary>Why a phrase has no confidence.</summary>
public enum ConfidenceGap
{
    /// <summary>The bundle was not calibrated: it cannot tell of any phrase.</summary>
    NotCalibrated,

    /// <summary>None was asked for.</summary>
    NotAsked,

    /// <summary>The phrase names no pathology that is known.</summary>
    NoPathology,

    /// <summary>The phrase names a pathology and no place.</summary>
    NoPlace,

    /// <summary>The model's vocabulary lacks a word of the phrase's place or pathology: what it saw is not what was asked.</summary>
    WordsLeftOut,

    /// <summary>The image is unlike those of the calibration.</summary>
    UnfamiliarImage,
}
