using CxrOnnx.Trainer.Models.TextEncoder;
using CxrOnnx.Trainer.Models.UNet;
using CxrOnnx.Trainer.Models.Vae;
using CxrOnnx.Trainer.Native;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Models;

/// <summary>
/// Starts a model's weights as the reference projects do, from a seed: the same seed and configuration give the same weights. PyTorch's
/// defaults for convolutions and linear layers (U(-1/sqrt(fan in), 1/sqrt(fan in))), 1 and 0 for normalisations; zeros where MONAI starts
/// branches as identity; Hugging Face's normal distributions for the text tower.
/// </summary>
public static class WeightInitialization
{
    /// <summary>Initialises the autoencoder.</summary>
    public static void Initialize(AutoencoderKL model, long seed) => InitializeLayers(model, seed, startsAtZero: _ => false);

    /// <summary>
    /// Initialises the denoiser. Residual branches, transformers and the result start at zero, so that training begins near the identity.
    /// </summary>
    public static void Initialize(DiffusionModelUNet model, long seed) =>
        InitializeLayers(
            model,
            seed,
            path =>
                path.StartsWith("out.2", StringComparison.Ordinal)
                || path.Contains(".proj_out", StringComparison.Ordinal)
                || (path.Contains("resnet", StringComparison.Ordinal) && path.Contains(".conv2", StringComparison.Ordinal))
        );

    /// <summary>Initialises the text tower (Hugging Face's <c>CLIPPreTrainedModel</c> with factor 1).</summary>
    public static void Initialize(ClipTextEncoder model, long seed)
    {
        using Generator generator = new((ulong)seed, CPU);
        using IDisposable noGradient = no_grad();
        double width = model.Configuration.HiddenSize;
        double intoResidual = 1 / Math.Sqrt(width * 2 * model.Configuration.NumHiddenLayers);
        foreach ((string name, Parameter parameter) in model.named_parameters())
        {
            double? deviation = name switch
            {
                _ when name.EndsWith("bias", StringComparison.Ordinal) => 0,
                _ when name.Contains("_embedding.", StringComparison.Ordinal) => 0.02,
                _ when name.Contains(".out_proj.", StringComparison.Ordinal) => 1 / Math.Sqrt(width),
                _ when name.Contains("_proj.", StringComparison.Ordinal) => intoResidual,
                _ when name.Contains(".fc1.", StringComparison.Ordinal) => 1 / Math.Sqrt(2 * width),
                _ when name.Contains(".fc2.", StringComparison.Ordinal) => intoResidual,
                _ => null,
            };
            switch (deviation)
            {
                case null:
                    parameter.FillInPlace(1);
                    break;
                case 0.0:
                    parameter.zero_();
                    break;
                default:
                    Fill(parameter, tensor => tensor.normal_(0, deviation.Value, generator));
                    break;
            }
        }
    }

    private static void InitializeLayers(nn.Module model, long seed, Func<string, bool> startsAtZero)
    {
        using Generator generator = new((ulong)seed, CPU);
        using IDisposable noGradient = no_grad();
        Dictionary<string, Parameter> parameters = model.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter);
        foreach ((string name, Parameter parameter) in model.named_parameters())
        {
            bool isWeight = name.EndsWith(".weight", StringComparison.Ordinal);
            Parameter weight = isWeight ? parameter : parameters[name[..name.LastIndexOf('.')] + ".weight"];
            if (weight.dim() == 1)
            {
                // The one-dimensional weights are those of normalisations.
                parameter.FillInPlace(isWeight ? 1 : 0);
            }
            else if (startsAtZero(name))
            {
                parameter.zero_();
            }
            else
            {
                double bound = 1 / Math.Sqrt(weight.numel() / (double)weight.shape[0]);
                Fill(parameter, tensor => tensor.uniform_(-bound, bound, generator));
            }
        }
    }

    /// <summary>Draws on the CPU in float32, so that the device and type of a parameter do not change its value.</summary>
    private static void Fill(Parameter parameter, Func<Tensor, Tensor> draw)
    {
        using DisposeScope scope = NewDisposeScope();
        parameter.copy_(draw(empty(parameter.shape, dtype: ScalarType.Float32)));
    }
}
