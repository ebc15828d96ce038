using CxrOnnx.Checkpoints;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Tests;
using CxrOnnx.Trainer.Models;
using CxrOnnx.Trainer.Models.TextEncoder;
using CxrOnnx.Trainer.Models.UNet;
using CxrOnnx.Trainer.Models.Vae;
using TorchSharp;
using Xunit;

namespace CxrOnnx.Trainer.Tests.Models;

/// <summary>The reference models of the fixtures, loaded into our modules, and comparison with reference tensors.</summary>
internal static class ReferenceModels
{
    public static UNetConfiguration UNetConfiguration { get; } =
        new()
        {
            InChannels = 3,
            OutChannels = 3,
            NumChannels = [16, 32, 48],
            NumResBlocks = 2,
            AttentionLevels = [false, true, true],
            NumHeadChannels = [0, 32, 48],
            CrossAttentionDim = 64,
            TransformerNumLayers = 1,
            NormNumGroups = 16,
        };

    public static VaeConfiguration VaeConfiguration { get; } =
        new()
        {
            InChannels = 1,
            OutChannels = 1,
            NumChannels = [32, 32, 64, 64],
            LatentChannels = 3,
            NumResBlocks = 2,
            NormNumGroups = 32,
        };

    public static VaeConfiguration CheckpointConfiguration { get; } =
        VaeConfiguration with
        {
            NumChannels = [4, 4, 8, 8],
            NormNumGroups = 4,
        };

    public static TextEncoderConfiguration TextConfiguration { get; } =
        new()
        {
            VocabSize = 1000,
            HiddenSize = 64,
            IntermediateSize = 256,
            NumHiddenLayers = 3,
            NumAttentionHeads = 4,
            HiddenAct = "gelu",
            MaxPositionEmbeddings = 77,
        };

    public static DiffusionModelUNet UNet() => Loaded(new DiffusionModelUNet(UNetConfiguration), "unet/diffusion_model.safetensors");

    public static AutoencoderKL Vae() => Loaded(new AutoencoderKL(VaeConfiguration), "vae/autoencoder.safetensors");

    public static ClipTextEncoder Text() => Loaded(new ClipTextEncoder(TextConfiguration), "text/model.safetensors");

    public static ITensorFile Open(string fixture) => CheckpointFile.Open(Fixtures.Path(fixture));

    /// <summary>Loads the weights, then freezes the module: the tests differentiate with respect to inputs.</summary>
    public static T Loaded<T>(T module, string fixture)
        where T : torch.nn.Module
    {
        torch.set_num_threads(1);
        using ITensorFile file = Open(fixture);
        StateDictLoader.Load(module, file);
        foreach (TorchSharp.Modules.Parameter parameter in module.parameters())
        {
            parameter.requires_grad = false;
        }

        return module;
    }

    /// <summary>Random weights everywhere (the reference initialisation has zeros, which would hide what they multiply), frozen.</summary>
    public static T Randomized<T>(T module, ulong seed)
        where T : torch.nn.Module
    {
        torch.set_num_threads(1);
        using torch.Generator generator = new(seed);
        foreach (TorchSharp.Modules.Parameter parameter in module.parameters())
        {
            parameter.requires_grad = false;
            using torch.Tensor draw = torch.randn(parameter.shape, generator: generator);
            double scale = parameter.dim() == 1 ? 0.3 : 1 / Math.Sqrt(parameter.numel() / (double)parameter.shape[0]);
            parameter.mul_(parameter.dim() == 1 ? 1 : 0).add_(draw, scale);
        }

        return module;
    }

    /// <summary>Asserts max |actual - expected| &lt;= tolerance and prints the figures.</summary>
    public static void AssertClose(string name, ITensorFile file, string expectedName, torch.Tensor actual, double tolerance)
    {
        using torch.Tensor expected = StateDictLoader.Read(file, expectedName);

        // Of the large attention maps the fixture holds evenly spaced cells only.
        bool part = expectedName.StartsWith("attn_", StringComparison.Ordinal) && expected.shape[1] < actual.shape[1];
        using torch.Tensor compared = part
            ? actual[.., torch.TensorIndex.Slice(step: actual.shape[1] / expected.shape[1])]
            : actual.alias();
        AssertClose(name, expected, compared, tolerance);
    }

    public static void AssertClose(string name, torch.Tensor expected, torch.Tensor actual, double tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor difference = (actual.detach() - expected).@double();
        double maximum = difference.abs().max().item<double>();
        double relative = difference.norm().item<double>() / Math.Max(expected.@double().norm().item<double>(), 1e-30);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{name}: max abs {maximum:e2} (tolerance {tolerance:e1}), relative L2 {relative:e2}"
        );
        Assert.True(maximum <= tolerance, $"{name}: max abs difference {maximum:e3} > {tolerance:e1}, relative L2 {relative:e3}");
    }
}
