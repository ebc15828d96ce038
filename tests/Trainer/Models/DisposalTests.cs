using CxrOnnx.Trainer.Models.TextEncoder;
using CxrOnnx.Trainer.Models.UNet;
using CxrOnnx.Trainer.Models.Vae;
using CxrOnnx.Trainer.PromptTuning;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Tests.Models;

[Trait("Category", "slow")]
public sealed class DisposalTests
{
    [Fact]
    public void ForwardBackward_TwentyPasses_LeaveNoTensorBehind()
    {
        using DiffusionModelUNet unet = ReferenceModels.Randomized(new DiffusionModelUNet(ReferenceModels.UNetConfiguration), seed: 1);
        using AutoencoderKL vae = ReferenceModels.Randomized(new AutoencoderKL(ReferenceModels.CheckpointConfiguration), seed: 2);
        using ClipTextEncoder text = ReferenceModels.Randomized(new ClipTextEncoder(ReferenceModels.TextConfiguration), seed: 3);
        using Tensor embeddings = randn([2, 9, 64], generator: new Generator(4)).requires_grad_(true);
        using Tensor image = rand([2, 1, 32, 64], generator: new Generator(5));
        using Tensor timesteps = tensor([400L]);
        using Tensor tokens = ones(2, 9, dtype: ScalarType.Bool);
        using Tensor target = ones(2, 2);
        GroundingLoss losses = new();
        long live = 0;
        for (int pass = 0; pass < 20; pass++)
        {
            Pass();

            // The first pass creates the gradient, which stays.
            if (pass == 0)
            {
                live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            }
        }

        Assert.Equal(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        // Without a surrounding scope the caller owns the results, and nothing else is left.
        void Pass()
        {
            (Tensor mean, Tensor sigma) = vae.Encode(image);
            using Tensor decoded = vae.Decode(mean);
            using Tensor context = text.ForwardEmbeddings(embeddings);
            using UNetOutput whole = unet.Forward(mean, timesteps, context, [1, 4]);
            using UNetOutput truncated = unet.Forward(mean, timesteps, context, [4], stopAfterLastAttention: true);
            using Tensor stacked = GroundingLoss.Stack(truncated.Attention, [4], samples: 2);
            using GroundingLossResult grounding = losses.Compute(stacked, tokens, target);
            using Tensor first = whole.Sample!.sum();
            using Tensor loss = first + grounding.Total;
            loss.backward();
            mean.Dispose();
            sigma.Dispose();
        }
    }
}
