using CxrOnnx.Trainer.Devices;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Models.Layers;

/// <summary>
/// Group normalisation (Wu and He 2018, arXiv:1803.08494), starting as the identity: weight 1, bias 0. Keys: <c>weight</c>, <c>bias</c>.
/// </summary>
internal sealed class GroupNormalization : nn.Module<Tensor, Tensor>
{
    private readonly int _groups;
    private readonly double _epsilon;

#pragma warning disable IDE0044 // TorchSharp replaces parameters when a module changes its device or type
    [ComponentName(Name = "weight")]
    private Parameter _weight;

    [ComponentName(Name = "bias")]
    private Parameter _bias;
#pragma warning restore IDE0044

    public GroupNormalization(int groups, int channels, double epsilon)
        : base(nameof(GroupNormalization))
    {
        (_groups, _epsilon) = (groups, epsilon);
        _weight = new Parameter(ones(channels));
        _bias = new Parameter(zeros(channels));
        RegisterComponents();
    }

    /// <summary>[B, C, ...] -> the same shape.</summary>
    public override Tensor forward(Tensor input) =>
        ShapeOnly.Normalize(input, _weight, _bias) ?? nn.functional.group_norm(input, _groups, _weight, _bias, _epsilon);
}
