namespace CxrOnnx.Core.Prompts;

/// <summary>Part of the chest that a location word names.</summary>
public enum Zone
{
    /// <summary>The whole lung of a side: "left".</summary>
    Lung,

    /// <summary>The apex of a lung.</summary>
    Apical,

    /// <summary>The upper zone of a lung.</summary>
    Upper,

    /// <summary>The middle zone of a lung.</summary>
    Middle,

    /// <summary>The lower zone of a lung.</summary>
    Lower,

    /// <summary>The angle between diaphragm and ribs.</summary>
    Costophrenic,

    /// <summary>The pleura.</summary>
    Pleural,

    /// <summary>The base of a lung.</summary>
    Base,

    /// <summary>The lingula, the left lung's tongue beside the heart.</summary>
    Lingula,

    /// <summary>The enlarged heart: "cardiomegaly".</summary>
    Heart,

    /// <summary>Both lungs as a whole: "pulmonary".</summary>
    Pulmonary,
}
