namespace CxrOnnx.Phantom;

/// <summary>The layers of one image while it is painted.</summary>
internal sealed class AnatomyLayers(Canvas canvas)
{
    /// <summary>Attenuation along the ray, in arbitrary units: 0 air, about 1 soft tissue of the chest's thickness.</summary>
    public float[] Attenuation { get; } = canvas.Layer();

    /// <summary>Lung mask without heart and mediastinum, 0..1 (soft edge).</summary>
    public float[] Lung { get; } = canvas.Layer();

    /// <summary>Air that is really seen in the lung (less behind heart and mediastinum), 0..1.</summary>
    public float[] Air { get; } = canvas.Layer();

    /// <summary>Distance to the lateral chest wall, patient units; negative outside.</summary>
    public float[] Wall { get; } = canvas.Layer();

    /// <summary>Heart mask 0..1.</summary>
    public float[] Heart { get; } = canvas.Layer();

    /// <summary>Lung vessels, 0..1.</summary>
    public float[] Vessels { get; } = canvas.Layer();
}
