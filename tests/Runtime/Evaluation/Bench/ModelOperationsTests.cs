using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Evaluation.Bench;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation.Bench;

[Trait("Category", "quick")]
public class ModelOperationsTests
{
    private static readonly UNetConfiguration Small = new()
    {
        InChannels = 3,
        OutChannels = 3,
        NumChannels = [4, 8],
        NumResBlocks = 1,
        AttentionLevels = [false, true],
        NumHeadChannels = [0, 8],
        CrossAttentionDim = 6,
        TransformerNumLayers = 1,
        NormNumGroups = 4,
    };

    // Latents 4 x 2: 8 cells at the first level, 2 at the second; 5 tokens; time embedding 16 wide. Every number worked out by hand.
    private const double Time = 128 + 512;
    private const double ConvIn = 2 * 9 * 3 * 4 * 8;
    private const double Down0 = (2 * 9 * 4 * 4 * 8 * 2) + 128;
    private const double Downsample = 2 * 9 * 4 * 4 * 2;
    private const double Down1 = 1152 + 2304 + 256 + 128;
    private const double ToQueries = 256 + (4 * 256) + 64 + 64 + 256;
    private const double ToProbabilities = ToQueries + 480 + 160;
    private const double Transformer = ToProbabilities + 480 + 160 + 256 + 2048 + 1024 + 256;
    private const double Middle = 2304 + 2304 + 256;
    private const double Up1 = 4608 + 2304 + 256 + 512 + Transformer + 3456 + 2304 + 256 + 384 + Transformer;
    private const double Upsample = 2 * 9 * 8 * 8 * 8;
    private const double Up0 = 6912 + 2304 + 128 + 768 + 4608 + 2304 + 128 + 512;
    private const double ConvOut = 2 * 9 * 4 * 3 * 8;

    [Fact]
    public void UNet_SmallNetwork_EqualsTheSumByHand()
    {
        const double Expected =
            Time + ConvIn + Down0 + Downsample + Down1 + Transformer + Middle + Transformer + Middle + Up1 + Upsample + Up0 + ConvOut;
        Assert.Equal(90048, Expected);
        Assert.Equal(Expected, ModelOperations.UNet(Small, new GridSize(4, 2), 5));
    }

    [Fact]
    public void UNetThrough_MiddleLayer_EndsAtItsProbabilities() =>
        Assert.Equal(
            Time + ConvIn + Down0 + Downsample + Down1 + Transformer + Middle + ToProbabilities,
            ModelOperations.UNetThrough(Small, new GridSize(4, 2), 5, 1)
        );

    [Fact]
    public void UNetBeforePrompt_SmallNetwork_EndsAtTheFirstQueries() =>
        Assert.Equal(
            Time + ConvIn + Down0 + Downsample + Down1 + ToQueries,
            ModelOperations.UNetBeforePrompt(Small, new GridSize(4, 2), 5)
        );

    [Fact]
    public void UNetThrough_LayerThatDoesNotExist_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ModelOperations.UNetThrough(Small, new GridSize(4, 2), 5, 4));

    [Fact]
    public void VaeEncoder_SmallNetwork_EqualsTheSumByHand()
    {
        VaeConfiguration vae = new()
        {
            InChannels = 1,
            OutChannels = 1,
            NumChannels = [4, 6],
            LatentChannels = 2,
            NumResBlocks = 1,
            NormNumGroups = 2,
        };
        // Image 4 x 6: 24 cells, then 6.
        const double Expected =
            (2 * 9 * 1 * 4 * 24)
            + (2 * 2 * 9 * 4 * 4 * 24)
            + (2 * 9 * 4 * 4 * 6)
            + (2 * 9 * 4 * 6 * 6)
            + (2 * 9 * 6 * 6 * 6)
            + (2 * 4 * 6 * 6)
            + (2 * 9 * 6 * 2 * 6)
            + (2 * 2 * 2 * 6);
        Assert.Equal(Expected, ModelOperations.VaeEncoder(vae, new GridSize(4, 6)));
    }

    [Fact]
    public void TextEncoder_SmallNetwork_EqualsTheSumByHand()
    {
        TextEncoderConfiguration text = new()
        {
            VocabSize = 100,
            HiddenSize = 8,
            IntermediateSize = 32,
            NumHiddenLayers = 2,
            NumAttentionHeads = 2,
            HiddenAct = "gelu",
            MaxPositionEmbeddings = 5,
        };
        Assert.Equal(2 * ((4 * 640) + (2 * 400) + (2 * 2560)), ModelOperations.TextEncoder(text));
    }

    [Fact]
    public void UNet_PublishedModel_IsAbout300GigaAndTruncatedLessThanHalf()
    {
        ModelConfiguration model = ModelConfigurationFile.Load(Path.Combine(Fixtures.Repository, "models", "cxr-ldm.yaml"));
        double whole = ModelOperations.UNet(model.UNet, GridSize.Square(64), 77);
        double truncated = ModelOperations.UNetThrough(model.UNet, GridSize.Square(64), 77, 7);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"whole {whole / 1e9:F1} GFLOP, truncated {truncated / 1e9:F1}, share {truncated / whole:P1}"
        );
        double beforePrompt = ModelOperations.UNetBeforePrompt(model.UNet, GridSize.Square(64), 77);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"before the prompt {beforePrompt / 1e9:F1} GFLOP, {beforePrompt / truncated:P1} of the truncated"
        );
        Assert.InRange(beforePrompt / truncated, 0.21, 0.24);
        Assert.InRange(whole, 280e9, 320e9);
        Assert.InRange(truncated / whole, 0.455, 0.463);
    }
}
