namespace CxrOnnx.Core.Atlas;

/// <summary>The 13 anatomical boxes of Chest ImaGenome that the locations are made of. Left and right are the patient's.</summary>
/// <remarks>Wu et al. 2021 (arXiv:2108.00316).</remarks>
public enum AnatomicalRegion
{
    /// <summary>Left lung.</summary>
    LeftLung,

    /// <summary>Left apical zone.</summary>
    LeftApicalZone,

    /// <summary>Left upper lung zone.</summary>
    LeftUpperLungZone,

    /// <summary>Left mid lung zone.</summary>
    LeftMidLungZone,

    /// <summary>Left lower lung zone.</summary>
    LeftLowerLungZone,

    /// <summary>Left costophrenic angle.</summary>
    LeftCostophrenicAngle,

    /// <summary>Right lung.</summary>
    RightLung,

    /// <summary>Right apical zone.</summary>
    RightApicalZone,

    /// <summary>Right upper lung zone.</summary>
    RightUpperLungZone,

    /// <summary>Right mid lung zone.</summary>
    RightMidLungZone,

    /// <summary>Right lower lung zone.</summary>
    RightLowerLungZone,

    /// <summary>Right costophrenic angle.</summary>
    RightCostophrenicAngle,

    /// <summary>Cardiac silhouette.</summary>
    CardiacSilhouette,
}
