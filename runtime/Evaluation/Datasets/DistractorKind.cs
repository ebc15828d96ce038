namespace CxrOnnx.Evaluation.Datasets;

/// <summary>How a wrong phrase differs from the right one.</summary>
public enum DistractorKind
{
    /// <summary>Left for right, right for left.</summary>
    Side,

    /// <summary>Another height of the lung on the same side.</summary>
    Zone,

    /// <summary>Another pathology at the same place.</summary>
    Pathology,
}
