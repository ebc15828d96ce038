using CxrOnnx.Checkpoints.StateDicts;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Trainer.Models;
using CxrOnnx.Trainer.Models.UNet;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Tests.Models;

[Trait("Category", "slow")]
public sealed class DiffusionModelUNetTests
{
    // Two correct fp32 implementations differ by about 2e-6 (tests/golden/README.md); values reach 4.1.
    private const double SampleTolerance = 1e-4;

    // Probabilities in [0, 1]; the fixtures' stated bound.
    private const double AttentionTolerance = 2e-5;

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(409)]
    [InlineData(599)]
    [InlineData(999)]
    public void Forward_OneTimestepForTheBatch_MatchesReference(long timestep)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using DiffusionModelUNet model = ReferenceModels.UNet();
        using ITensorFile io = ReferenceModels.Open("unet/io.safetensors");
        UNetOutput output = model.Forward(StateDictLoader.Read(io, "z"), tensor([timestep]), StateDictLoader.Read(io, "context"));
        ReferenceModels.AssertClose($"out_t{timestep}", io, $"out_t{timestep}", output.Sample!, SampleTolerance);
        Assert.Empty(output.Attention);
    }

    [Fact]
    public void Forward_NonSquareLatentsAndShortContext_MatchesReference()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using DiffusionModelUNet model = ReferenceModels.UNet();
        using ITensorFile io = ReferenceModels.Open("unet/io.safetensors");
        UNetOutput output = model.Forward(
            StateDictLoader.Read(io, "z_nonsquare"),
            tensor([500L]),
            StateDictLoader.Read(io, "context_short"),
            [2]
        );
        ReferenceModels.AssertClose("out_nonsquare_t500", io, "out_nonsquare_t500", output.Sample!, SampleTolerance);
        Assert.Equal([1, 6 * 10, 20], output.Attention[2].shape);
    }

    [Fact]
    public void Forward_OneTimestepPerSample_MatchesReference()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using DiffusionModelUNet model = ReferenceModels.UNet();
        using ITensorFile io = ReferenceModels.Open("unet/io.safetensors");
        UNetOutput output = model.Forward(
            StateDictLoader.Read(io, "z"),
            StateDictLoader.Read(io, "timesteps_mixed"),
            StateDictLoader.Read(io, "context")
        );
        ReferenceModels.AssertClose("out_mixed", io, "out_mixed", output.Sample!, SampleTolerance);
    }

    [Theory]
    [InlineData(409)]
    [InlineData(999)]
    public void Forward_AllAttentionLayers_MatchReferenceAndSumToOne(long timestep)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using DiffusionModelUNet model = ReferenceModels.UNet();
        using ITensorFile io = ReferenceModels.Open("unet/io.safetensors");
        UNetOutput output = model.Forward(
            StateDictLoader.Read(io, "z"),
            tensor([timestep]),
            StateDictLoader.Read(io, "context"),
            [.. Enumerable.Range(0, 11)]
        );
        ReferenceModels.AssertClose($"out_t{timestep} with attention", io, $"out_t{timestep}", output.Sample!, SampleTolerance);
        for (int layer = 0; layer < 11; layer++)
        {
            Tensor map = output.Attention[layer];
            ReferenceModels.AssertClose($"attn_t{timestep}_layer{layer}", io, $"attn_t{timestep}_layer{layer}", map, AttentionTolerance);
            // Float32 sum of 77 numbers.
            ReferenceModels.AssertClose($"row sums of layer {layer}", ones(2, map.shape[1]), map.sum(-1), 1e-5);
        }
    }

    [Theory]
    [InlineData(new[] { 0 })]
    [InlineData(new[] { 4 })]
    [InlineData(new[] { 7, 3, 6, 4 })]
    [InlineData(new[] { 10 })]
    public void Forward_StopAfterLastAttention_GivesTheSameMapsAndNoSample(int[] layers)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using DiffusionModelUNet model = ReferenceModels.UNet();
        using ITensorFile io = ReferenceModels.Open("unet/io.safetensors");
        UNetOutput output = model.Forward(
            StateDictLoader.Read(io, "z"),
            tensor([409L]),
            StateDictLoader.Read(io, "context"),
            layers,
            stopAfterLastAttention: true
        );
        Assert.Null(output.Sample);
        Assert.Equal(layers.Order(), output.Attention.Keys.Order());
        foreach (int layer in layers)
        {
            ReferenceModels.AssertClose(
                $"truncated layer {layer}",
                io,
                $"attn_t409_layer{layer}",
                output.Attention[layer],
                AttentionTolerance
            );
        }
    }

    [Fact]
    public void Forward_StopAfterLayerSeven_RunsNothingBehindIt()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using DiffusionModelUNet model = new(ReferenceModels.UNetConfiguration);

        // Whatever would run behind layer 7 would turn its result into an error or NaN; poisoning the later weights shows that nothing
        // does.
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in model.named_parameters())
        {
            if (
                name.StartsWith("up_blocks.1", StringComparison.Ordinal)
                || name.StartsWith("up_blocks.2", StringComparison.Ordinal)
                || name.StartsWith("up_blocks.0.upsampler", StringComparison.Ordinal)
                || name.StartsWith("out.", StringComparison.Ordinal)
                || name.Contains("up_blocks.0.attentions.2.transformer_blocks.0.attn2.to_v", StringComparison.Ordinal)
            )
            {
                parameter.Dispose();
            }
        }

        UNetOutput output = model.Forward(zeros(1, 3, 8, 12), tensor([5L]), zeros(1, 7, 64), [7], stopAfterLastAttention: true);
        Assert.Equal([1, 2 * 3, 7], output.Attention[7].shape);
        Assert.ThrowsAny<Exception>(() => model.Forward(zeros(1, 3, 8, 12), tensor([5L]), zeros(1, 7, 64)));
    }

    [Fact]
    public void Forward_SeveralHeadsAndLayers_KeepsBatchesApart()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        UNetConfiguration configuration = ReferenceModels.UNetConfiguration with
        {
            NumChannels = [16, 32],
            AttentionLevels = [true, true],
            NumHeadChannels = [4, 16],
            NumResBlocks = 1,
            TransformerNumLayers = 2,
            NormNumGroups = 8,
        };
        using DiffusionModelUNet model = ReferenceModels.Randomized(new DiffusionModelUNet(configuration), seed: 3);
        Generator generator = new(7);
        Tensor sample = randn([3, 3, 6, 10], generator: generator);
        Tensor context = randn([3, 5, 64], generator: generator);
        Tensor timesteps = tensor([1L, 500L, 999L]);
        int[] layers = [.. Enumerable.Range(0, configuration.CrossAttentionLayerCount)];
        UNetOutput together = model.Forward(sample, timesteps, context, layers);
        Assert.Equal(14, layers.Length);
        for (int i = 0; i < 3; i++)
        {
            UNetOutput alone = model.Forward(sample[i..(i + 1)], timesteps[i..(i + 1)], context[i..(i + 1)], layers);
            // Rounding only: other blocking of the sums.
            ReferenceModels.AssertClose("sample", alone.Sample!, together.Sample![i..(i + 1)], 1e-5);
            ReferenceModels.AssertClose("attention", alone.Attention[13], together.Attention[13][i..(i + 1)], 1e-5);
        }
    }

    [Fact]
    public void Forward_FusedAttention_EqualsExplicitAttention()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using DiffusionModelUNet model = ReferenceModels.Randomized(
            new DiffusionModelUNet(ReferenceModels.UNetConfiguration with { NumHeadChannels = [0, 8, 16] }),
            seed: 4
        );
        Generator generator = new(11);
        Tensor sample = randn([2, 3, 8, 12], generator: generator);
        Tensor context = randn([2, 9, 64], generator: generator);
        Tensor plain = model.Forward(sample, tensor([3L]), context).Sample!;
        Tensor captured = model.Forward(sample, tensor([3L]), context, [.. Enumerable.Range(0, 11)]).Sample!;
        ReferenceModels.AssertClose("fused", plain, captured, 1e-5); // the same sums in another order
    }

    [Fact]
    public void StateDict_EveryConfiguration_HasTheReferenceKeys()
    {
        foreach (
            UNetConfiguration configuration in (UNetConfiguration[])
                [
                    ReferenceModels.UNetConfiguration,
                    ReferenceModels.UNetConfiguration with
                    {
                        NumResBlocks = 1,
                        TransformerNumLayers = 2,
                        NumHeadChannels = [0, 8, 16],
                    },
                    ReferenceModels.UNetConfiguration with
                    {
                        NumChannels = [16, 32],
                        AttentionLevels = [true, false],
                        NumHeadChannels = [16, 32],
                    },
                ]
        )
        {
            using DiffusionModelUNet model = new(configuration);
            StateDictAssert.Same(UNetStateDict.Shapes(configuration), model);
        }
    }

    [Fact]
    public void TimestepEmbedding_ReferenceTimesteps_MatchReference()
    {
        using DisposeScope scope = NewDisposeScope();
        using ITensorFile io = ReferenceModels.Open("unet/io.safetensors");

        // Angles reach 999 rad, where one float32 ulp is 6e-5.
        ReferenceModels.AssertClose("temb", io, "temb", TimestepEmbedding.Of(StateDictLoader.Read(io, "temb_t"), 16), 1e-4);
    }

    [Fact]
    public void TimestepEmbedding_OddWidth_EndsWithZero()
    {
        using Tensor features = TimestepEmbedding.Of(tensor([0L, 1L]), 5);
        Assert.Equal([1f, 1f, 0f, 0f, 0f], features[0].data<float>().ToArray());
        Assert.Equal(Math.Cos(0.01), features[1, 1].item<float>(), 1e-6f); // half = 2, so f_1 = 10000^(-1/2)
    }

    [Fact]
    public void Forward_AttentionGradient_ReachesTheContext()
    {
        using DisposeScope scope = NewDisposeScope();
        using DiffusionModelUNet model = ReferenceModels.Randomized(new DiffusionModelUNet(ReferenceModels.UNetConfiguration), seed: 5);
        Tensor context = randn([1, 6, 64], generator: new Generator(5)).requires_grad_(true);
        UNetOutput output = model.Forward(zeros(1, 3, 8, 12), tensor([3L]), context, [4], stopAfterLastAttention: true);
        output.Attention[4].pow(2).sum().backward();
        Assert.True(context.grad!.abs().sum().item<float>() > 0);
    }

    [Fact]
    public void Forward_InputsThatDoNotFit_SayWhatAndWanted()
    {
        using DisposeScope scope = NewDisposeScope();
        using DiffusionModelUNet model = new(ReferenceModels.UNetConfiguration);
        Tensor latents = zeros(2, 3, 8, 12);
        Tensor context = zeros(2, 7, 64);
        Tensor time = tensor([1L]);
        (string Expected, Action Call)[] cases =
        [
            (
                "latents of shape [2, 4, 8, 12], wanted [B, 3, h, w] with h and w multiples of 4",
                () => model.Forward(zeros(2, 4, 8, 12), time, context)
            ),
            (
                "latents of shape [2, 3, 8, 10], wanted [B, 3, h, w] with h and w multiples of 4",
                () => model.Forward(zeros(2, 3, 8, 10), time, context)
            ),
            ("time steps Int64 [3], wanted Int64 [2] or [1]", () => model.Forward(latents, tensor([1L, 2L, 3L]), context)),
            ("time steps Float32 [1], wanted Int64 [2] or [1]", () => model.Forward(latents, tensor([1f]), context)),
            ("context of shape [1, 7, 64], wanted [2, S, 64]", () => model.Forward(latents, time, zeros(1, 7, 64))),
            ("context of shape [2, 7, 32], wanted [2, S, 64]", () => model.Forward(latents, time, zeros(2, 7, 32))),
            ("attention layers -1, 11; this U-Net has layers 0 to 10", () => model.Forward(latents, time, context, [-1, 4, 11])),
            (
                "asked to stop after the last attention, but no attention layer is wanted; name at least one",
                () => model.Forward(latents, time, context, [], true)
            ),
        ];
        foreach ((string expected, Action call) in cases)
        {
            Assert.Equal(expected, Assert.Throws<InputException>(call).Message);
        }
    }
}
