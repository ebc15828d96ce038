namespace CxrOnnx.Trainer.Models.Layers;

/// <summary>Normalisations with the constants of the reference models, which their configuration files do not state.</summary>
internal static class Normalization
{
    private const double GroupEpsilon = 1e-6;
    private const double LayerEpsilon = 1e-5;

    /// <summary>Group normalisation.</summary>
    public static GroupNormalization Group(int groups, int channels) => new(groups, channels, GroupEpsilon);

    /// <summary>Layer normalisation over the last dimension.</summary>
    public static LayerNormalization Layer(int channels) => new(channels, LayerEpsilon);
}
