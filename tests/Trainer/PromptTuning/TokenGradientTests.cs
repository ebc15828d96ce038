using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Trainer.Models;
using CxrOnnx.Trainer.Models.TextEncoder;
using CxrOnnx.Trainer.Models.UNet;
using CxrOnnx.Trainer.PromptTuning;
using CxrOnnx.Trainer.Tests.Models;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Tests.PromptTuning;

/// <summary>One whole prompt-tuning gradient: token embeddings, text tower, truncated U-Net, losses, and back.</summary>
[Trait("Category", "quick")]
public sealed class TokenGradientTests
{
    private static readonly int[] Layers = [4, 5, 6, 7];

    [Fact]
    public void Backward_ThroughTextTowerAndUNet_MatchesReference()
    {
        using DisposeScope scope = NewDisposeScope();
        using ITensorFile file = ReferenceModels.Open("tuning/tuning.safetensors");
        using ClipTextEncoder text = ReferenceModels.Text();
        using DiffusionModelUNet unet = ReferenceModels.UNet();
        Tensor embeddings = StateDictLoader.Read(file, "token_embeddings").unsqueeze(0).requires_grad_(true);
        Tensor timesteps = StateDictLoader.Read(file, "timesteps");
        Assert.Equal(
            [.. ((int[])[30, 44, 59]).Select(k => (long)InferenceTimesteps.Trailing(100, 1000)[k])],
            timesteps.data<long>().ToArray()
        );

        Tensor context = text.ForwardEmbeddings(embeddings).expand(3, -1, -1);
        Tensor latents = StateDictLoader.Read(file, "z").expand(3, -1, -1, -1);
        UNetOutput output = unet.Forward(latents, timesteps, context, Layers, stopAfterLastAttention: true);
        Tensor attention = GroundingLoss.Stack(output.Attention, Layers, samples: 1);
        ReferenceModels.AssertClose("A", file, "A", attention[0].narrow(3, 0, 8), 2e-5); // the U-Net's bound for probabilities

        Tensor tokens = StateDictLoader.Read(file, "token_mask").to(ScalarType.Bool).unsqueeze(0);
        Tensor target = tensor(GaussianMap.Render([LocationGaussian.OfBox(new ModelBox(60, 90, 170, 240))], GridSize.Square(8)), [1, 64]);
        ReferenceModels.AssertClose("G", file, "G", target.reshape(8, 8), 1e-6); // float32 of values up to 1
        using GroundingLossResult loss = new GroundingLoss().Compute(attention, tokens, target);
        // Tuning/info.json; losses as in GroundingLossTests, plus the U-Net's error.
        Assert.Equal(0.5282252, loss.Divergence.item<float>(), 1e-5);
        Assert.Equal(0.5617523, loss.Location.item<float>(), 1e-5);
        loss.Total.backward();

        // Largest element 0.11, fp32 error of the reference 1.1e-7.
        ReferenceModels.AssertClose("grad_token_embeddings", file, "grad_token_embeddings", embeddings.grad![0], 1e-5);
    }

    [Theory]
    [InlineData("sgd")]
    [InlineData("adam")]
    [InlineData("adamw")]
    public void Step_ThreeTimesWithTheReferenceGradient_GivesTheReferenceRows(string name)
    {
        torch.set_num_threads(1);
        using DisposeScope scope = NewDisposeScope();
        using ITensorFile file = ReferenceModels.Open("tuning/tuning.safetensors");
        const double Rate = 1e-4;
        Parameter rows = new(StateDictLoader.Read(file, "token_embeddings")[1..3].clone());
        using optim.Optimizer optimizer = name switch
        {
            "sgd" => optim.SGD([rows], Rate),
            "adam" => optim.Adam([rows], Rate),
            _ => optim.AdamW([rows], Rate, weight_decay: 0.01), // PyTorch's default, which is not TorchSharp's
        };
        for (int i = 0; i < 3; i++)
        {
            optimizer.zero_grad();
            (rows * StateDictLoader.Read(file, "grad_token_embeddings")[1..3]).sum().backward();
            optimizer.step();
        }

        // Three steps move a row by at most 3e-4; a wrong bias correction or decay shows from 1e-6 on.
        ReferenceModels.AssertClose(name, file, $"after3_{name}", rows, 1e-7);
    }
}
