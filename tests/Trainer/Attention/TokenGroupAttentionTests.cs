using CxrOnnx.Trainer.Attention;
using CxrOnnx.Trainer.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Tests.Attention;

[Trait("Category", "slow")]
public sealed class TokenGroupAttentionTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(0)]
    [InlineData(4)]
    public void Of_AnyPrompt_HasEveryPositionOnce(int own)
    {
        IReadOnlyList<TokenGroup> groups = TokenGroup.Of([.. Enumerable.Range(1, own)], 6);

        Assert.Equal(TokenGroup.Names, groups.Select(group => group.Name));
        Assert.Equal(Enumerable.Range(0, 6), groups.SelectMany(group => group.Positions).Order());
        Assert.Equal(own, groups[1].Positions.Count);
        Assert.Equal([own + 1], groups[2].Positions);
    }

    [Fact]
    public void Read_APrompt_SharesOfTheGroupsAreOneTogether()
    {
        using DisposeScope scope = NewDisposeScope();
        using LatentDiffusionModel model = ToyModel.Create();
        using LatentDataSet data = ToyModel.Data(3);
        TokenGroupAttention reader = new(model, [0, 1, 2, 3]);

        IReadOnlyList<GroupAttention> read = reader.Read(reader.Invert(data.Batch([1])), "left upper mass");

        Assert.Equal(4 * 4, read.Count);
        foreach (IGrouping<int, GroupAttention> layer in read.GroupBy(entry => entry.Layer))
        {
            Assert.Equal(1, layer.Sum(entry => entry.Share), 1e-5);
            Assert.All(layer, entry => Assert.Equal(2, entry.Maps.Count)); // steps 4 and 5
            Assert.All(layer, entry => Assert.All(entry.Maps, map => Assert.Equal(entry.Side * entry.Side, map.Length)));
        }
    }

    [Fact]
    public void Read_AFullContext_HasNoPadding()
    {
        using DisposeScope scope = NewDisposeScope();
        using LatentDiffusionModel model = ToyModel.Create();
        using LatentDataSet data = ToyModel.Data(1);
        TokenGroupAttention reader = new(model, [2]);

        IReadOnlyList<GroupAttention> read = reader.Read(reader.Invert(data.Batch([0])), "left upper mass and");

        Assert.Equal(["bos", "own", "eos"], read.Select(entry => entry.Group));
    }

    [Fact]
    public void ReplaceRows_OfACodebook_ChangesThesePromptsAlone()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using LatentDiffusionModel model = ToyModel.Create();
        float[] left = Values(model, "left mass"),
            right = Values(model, "right mass");

        model.ReplaceRows([ToyModel.IdOf("left")], [.. Enumerable.Repeat(0.5f, 12)]);

        Assert.NotEqual(left, Values(model, "left mass"));
        Assert.Equal(right, Values(model, "right mass"));
        Assert.Throws<Core.InputException>(() => model.ReplaceRows([77], new float[12]));
    }

    private static float[] Values(LatentDiffusionModel model, string prompt) => model.Encode([prompt]).data<float>().ToArray();
}
