using CxrOnnx.Checkpoints.StateDicts;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Trainer.Models;
using CxrOnnx.Trainer.Models.TextEncoder;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Tests.Models;

[Trait("Category", "quick")]
public sealed class ClipTextEncoderTests
{
    // The fixtures' bound: the reference differs from float64 by 3.5e-6 at values up to 4.6.
    private const double Tolerance = 5e-5;

    [Theory]
    [InlineData("text/model.safetensors")]
    [InlineData("text/pytorch_model.bin")]
    public void Forward_ReferenceTokens_MatchesReference(string checkpoint)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using ClipTextEncoder model = ReferenceModels.Loaded(new ClipTextEncoder(ReferenceModels.TextConfiguration), checkpoint);
        using ITensorFile io = ReferenceModels.Open("text/io.safetensors");
        Tensor ids = StateDictLoader.Read(io, "input_ids");
        ReferenceModels.AssertClose("last_hidden_state", io, "last_hidden_state", model.Forward(ids), Tolerance);

        Tensor embeddings = model.TokenEmbedding[ids];
        ReferenceModels.AssertClose("from embeddings", io, "last_hidden_state", model.ForwardEmbeddings(embeddings), Tolerance);
        IReadOnlyList<Tensor> states = model.HiddenStates(embeddings);
        Assert.Equal(4, states.Count);
        ReferenceModels.AssertClose("hidden_2", io, "hidden_2_row1", states[2][1], Tolerance);
    }

    [Fact]
    public void Forward_LaterTokenChanged_LeavesEarlierStatesAlone()
    {
        torch.set_num_threads(1);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using ClipTextEncoder model = new(ReferenceModels.TextConfiguration);
        WeightInitialization.Initialize(model, seed: 1);
        Tensor first = tensor(new long[] { 998, 5, 6, 7, 999, 998, 5, 6, 7, 999 }, [2, 5]);
        Tensor second = tensor(new long[] { 998, 5, 6, 8, 999, 998, 5, 6, 7, 1 }, [2, 5]);
        Tensor difference = (model.Forward(first) - model.Forward(second)).abs().sum(-1);
        Assert.Equal(0f, difference[0, ..3].max().item<float>());
        Assert.Equal(0f, difference[1, ..4].max().item<float>());
        Assert.True(difference[0, 3].item<float>() > 1e-3f && difference[1, 4].item<float>() > 1e-3f);
    }

    [Fact]
    public void Forward_QuickGelu_DiffersFromGeluByItsApproximation()
    {
        torch.set_num_threads(1);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using ClipTextEncoder exact = new(ReferenceModels.TextConfiguration);
        using ClipTextEncoder quick = new(ReferenceModels.TextConfiguration with { HiddenAct = "quick_gelu" });
        WeightInitialization.Initialize(exact, seed: 1);
        WeightInitialization.Initialize(quick, seed: 1);
        Tensor ids = tensor(new long[] { 998, 5, 6, 7, 999 }, [1, 5]);
        float difference = (exact.Forward(ids) - quick.Forward(ids)).abs().max().item<float>();
        Assert.InRange(difference, 1e-5f, 0.05f); // the approximation is off by at most 0.021 per activation
    }

    [Fact]
    public void Constructor_UnknownActivation_NamesTheKnownOnes() =>
        Assert.Equal(
            "text encoder activation 'swish'; known: gelu, quick_gelu",
            Assert.Throws<InputException>(() => new ClipTextEncoder(ReferenceModels.TextConfiguration with { HiddenAct = "swish" })).Message
        );

    [Fact]
    public void StateDict_Configuration_HasTheReferenceKeys()
    {
        TextEncoderConfiguration configuration = ReferenceModels.TextConfiguration with
        {
            NumHiddenLayers = 2,
            HiddenSize = 32,
            IntermediateSize = 48,
        };
        using ClipTextEncoder model = new(configuration);
        StateDictAssert.Same(TextEncoderStateDict.Shapes(configuration), model);
    }

    [Fact]
    public void Forward_InputsThatDoNotFit_SayWhatAndWanted()
    {
        using DisposeScope scope = NewDisposeScope();
        using ClipTextEncoder model = new(ReferenceModels.TextConfiguration);
        Assert.Equal(
            "token ids Int64 [77], wanted Int64 [B, S]",
            Assert.Throws<InputException>(() => model.Forward(zeros(77, dtype: ScalarType.Int64))).Message
        );
        Assert.Equal(
            "token embeddings of shape [1, 78, 64], wanted [B, S <= 77, 64]",
            Assert.Throws<InputException>(() => model.ForwardEmbeddings(zeros(1, 78, 64))).Message
        );
    }
}
