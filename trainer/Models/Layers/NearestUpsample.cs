using TorchSharp.Utils;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Models.Layers;

/// <summary>Doubles height and width by repetition, then convolves 3x3. [B, C, h, w] -> [B, C, 2h, 2w]. Key: <c>conv.conv</c>.</summary>
internal sealed class NearestUpsample : nn.Module<Tensor, Tensor>
{
    private static readonly double[] Twice = [2, 2];

    [ComponentName(Name = "conv")]
    private readonly ConvolutionBlock _conv;

    public NearestUpsample(int channels)
        : base(nameof(NearestUpsample))
    {
        _conv = new ConvolutionBlock(channels, channels, kernelSize: 3, padding: 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using Tensor larger = nn.functional.interpolate(input, scale_factor: Twice, mode: InterpolationMode.Nearest);
        return _conv.call(larger);
    }
}
