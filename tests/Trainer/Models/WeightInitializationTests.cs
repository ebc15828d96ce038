using CxrOnnx.Trainer.Models;
using CxrOnnx.Trainer.Models.TextEncoder;
using CxrOnnx.Trainer.Models.UNet;
using CxrOnnx.Trainer.Models.Vae;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Tests.Models;

[Trait("Category", "slow")]
public sealed class WeightInitializationTests
{
    [Fact]
    public void Initialize_SameSeed_GivesTheSameWeights()
    {
        using DisposeScope scope = NewDisposeScope();
        Assert.Equal(Fingerprint(5), Fingerprint(5));
        Assert.NotEqual(Fingerprint(5), Fingerprint(6));

        static double[] Fingerprint(long seed)
        {
            using DiffusionModelUNet unet = new(ReferenceModels.UNetConfiguration);
            using AutoencoderKL vae = new(ReferenceModels.CheckpointConfiguration);
            using ClipTextEncoder text = new(ReferenceModels.TextConfiguration);
            WeightInitialization.Initialize(unet, seed);
            WeightInitialization.Initialize(vae, seed);
            WeightInitialization.Initialize(text, seed);
            return
            [
                .. ((nn.Module[])[unet, vae, text]).Select(model =>
                    model.parameters().Sum(p => p.detach().@double().pow(3).sum().item<double>())
                ),
            ];
        }
    }

    [Fact]
    public void Initialize_UNet_StartsBranchesAtZeroAndNormalisationsAtOne()
    {
        using DisposeScope scope = NewDisposeScope();
        using DiffusionModelUNet model = new(ReferenceModels.UNetConfiguration);
        WeightInitialization.Initialize(model, 1);
        Dictionary<string, Tensor> state = model.state_dict();
        string[] zero =
        [
            "out.2.conv.weight",
            "out.2.conv.bias",
            "middle_block.resnet_1.conv2.conv.weight",
            "up_blocks.2.resnets.1.conv2.conv.bias",
            "down_blocks.1.attentions.0.proj_out.conv.weight",
            "out.0.bias",
        ];
        foreach (string name in zero)
        {
            Assert.Equal(0f, state[name].abs().max().item<float>());
        }

        Assert.Equal(1f, state["middle_block.attention.norm.weight"].min().item<float>());

        // U(-b, b) with b = 1/sqrt(fan in): the largest of 6,912 draws lies within 1 % of b.
        Tensor weight = state["down_blocks.2.resnets.0.conv1.conv.weight"];
        double bound = 1 / Math.Sqrt(32 * 9);
        Assert.InRange(weight.abs().max().item<float>(), 0.99 * bound, bound);
        Assert.InRange(state["down_blocks.2.resnets.0.conv1.conv.bias"].abs().max().item<float>(), 0.7 * bound, bound);
    }

    [Fact]
    public void Initialize_Text_HasHuggingFaceDeviations()
    {
        using DisposeScope scope = NewDisposeScope();
        using ClipTextEncoder model = new(ReferenceModels.TextConfiguration);
        WeightInitialization.Initialize(model, 1);
        Dictionary<string, Tensor> state = model.state_dict();
        (string Name, double Deviation)[] expected =
        [
            ("text_model.embeddings.token_embedding.weight", 0.02),
            ("text_model.encoder.layers.1.self_attn.q_proj.weight", 1 / Math.Sqrt(64 * 6)),
            ("text_model.encoder.layers.1.self_attn.out_proj.weight", 1 / Math.Sqrt(64)),
            ("text_model.encoder.layers.1.mlp.fc1.weight", 1 / Math.Sqrt(128)),
            ("text_model.encoder.layers.1.mlp.fc2.weight", 1 / Math.Sqrt(64 * 6)),
        ];
        foreach ((string name, double deviation) in expected)
        {
            Assert.InRange(state[name].std().item<float>() / deviation, 0.95, 1.05); // 4,096 draws or more: standard error 1 %
        }

        Assert.Equal(1f, state["text_model.final_layer_norm.weight"].min().item<float>());
        Assert.Equal(0f, state["text_model.encoder.layers.0.mlp.fc1.bias"].abs().max().item<float>());
    }

    [Fact]
    public void Constructor_WithoutInitialization_LeavesNoUninitialisedMemory()
    {
        using DisposeScope scope = NewDisposeScope();
        for (int i = 0; i < 3; i++)
        {
            using DiffusionModelUNet model = new(ReferenceModels.UNetConfiguration);
            foreach ((string name, Tensor tensor) in model.state_dict())
            {
                Assert.True(tensor.abs().max().item<float>() <= 1, name);
            }
        }
    }
}
