using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Models.Layers;

/// <summary>Normalisations with the constants of the reference models, which their configuration files do not state.</summary>
internal static class Normalization
{
    private const double GroupEpsilon = 1e-6;
    private const double LayerEpsilon = 1e-5;

    /// <summary>Group normalisation with weight 1 and bias 0: TorchSharp 0.107 leaves both as uninitialised memory.</summary>
    public static GroupNorm Group(int groups, int channels)
    {
        GroupNorm norm = nn.GroupNorm(groups, channels, GroupEpsilon);
        nn.init.ones_(norm.weight!);
        nn.init.zeros_(norm.bias!);
        return norm;
    }

    /// <summary>Layer normalisation over the last dimension.</summary>
    public static LayerNorm Layer(int channels) => nn.LayerNorm(channels, LayerEpsilon);
}
