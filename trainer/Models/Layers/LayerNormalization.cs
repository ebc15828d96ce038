using CxrOnnx.Trainer.Devices;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Models.Layers;

/// <summary>
/// Layer normalisation over the last dimension (Ba et al. 2016, arXiv:1607.06450), starting as the identity. Keys: <c>weight</c>,
/// <c>bias</c>.
/// </summary>
internal sealed class LayerNormalization : nn.Module<Tensor, Tensor>
{
    private readonly long[] _shape;
    private readonly double _epsilon;

#pragma warning disable IDE0044 // TorchSharp replaces parameters when a module changes its device or type
    [ComponentName(Name = "weight")]
    private Parameter _weight;

    [ComponentName(Name = "bias")]
    private Parameter _bias;
#pragma warning restore IDE0044

    public LayerNormalization(int channels, double epsilon)
        : base(nameof(LayerNormalization))
    {
        (_shape, _epsilon) = ([channels], epsilon);
        _weight = new Parameter(ones(channels));
        _bias = new Parameter(zeros(channels));
        RegisterComponents();
    }

    /// <summary>[..., C] -> the same shape.</summary>
    public override Tensor forward(Tensor input) =>
        ShapeOnly.Normalize(input, _weight, _bias, last: true) ?? nn.functional.layer_norm(input, _shape, _weight, _bias, _epsilon);
}
