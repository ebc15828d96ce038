namespace CxrOnnx.Grounding;

/// <summary>How phrases are grounded.</summary>
public sealed record GroundingOptions
{
    /// <summary>Name of one of the bundle's presets.</summary>
    /// <value>Default: <c>exact</c>, the reference's computation.</value>
    public string Preset { get; init; } = "exact";

    /// <summary>The box of a result is drawn around the largest region strictly above this value of the heatmap, in [0,1].</summary>
    /// <value>Default: 0.5.</value>
    public double BoxThreshold { get; init; } = 0.5;

    /// <summary>Whether every sub-token gets a heatmap of its own besides the phrase's.</summary>
    /// <value>Default: false.</value>
    public bool PerToken { get; init; }

    /// <summary>
    /// Whether a calibrated bundle also says how likely the image supports a phrase: a few evaluations of the whole U-Net per phrase, and
    /// as many once per image. Heatmaps are the same without.
    /// </summary>
    /// <value>Default: true.</value>
    public bool Confidence { get; init; } = true;

    /// <summary>
    /// Memory that one batch of the attention graph may take, in MiB, by a rough estimate; decides how many steps and phrases run at once.
    /// A CPU gains about a tenth from a batch of four and nothing from more; on a GPU eight times as much is used. A model loaded as
    /// deterministic ignores it.
    /// </summary>
    /// <value>Default: 256, which is 5 samples of the published model.</value>
    public int MemoryBudgetMebibytes { get; init; } = 256;
}
