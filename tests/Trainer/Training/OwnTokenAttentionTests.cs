using CxrOnnx.Trainer.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Tests.Training;

public sealed class OwnTokenAttentionTests
{
    [Fact]
    public void Lack_HandMadeMaps_IsWhatIsMissingToTheShare()
    {
        using DisposeScope scope = NewDisposeScope();
        // Three captions over two positions and four tokens: one owns tokens 1 and 2 (shares 0.1 and 0.3), one owns token 3 (0.6 and 0.8), one is empty.
        Tensor maps = tensor(new float[] { 0.7f, 0.05f, 0.05f, 0.2f, 0.5f, 0.1f, 0.2f, 0.2f, 0.2f, 0.1f, 0.1f, 0.6f, 0.1f, 0.05f, 0.05f, 0.8f, 1, 0, 0, 0, 1, 0, 0, 0 }, [3, 2, 4]);
        Tensor own = tensor(new float[] { 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0 }, [3, 4]);

        float[] lack = OwnTokenAttention.Lack(new Dictionary<int, Tensor> { [0] = maps, [3] = maps }, own, share: 0.3).data<float>().ToArray();

        Assert.Equal(0.1, lack[0], 1e-6); // 0.3 - (0.1 + 0.3) / 2
        Assert.Equal(0, lack[1]);
        Assert.Equal(0, lack[2]);
    }

    [Fact]
    public void Lack_BelowTheShare_PullsOwnTokensUp()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = zeros(2, 5, 7, requires_grad: true);
        Tensor own = zeros(2, 7);
        own[0, 2] = 1;
        own[1, 4] = 1;

        OwnTokenAttention.Lack(new Dictionary<int, Tensor> { [1] = logits.softmax(-1) }, own, share: 0.5).sum().backward();

        Tensor gradient = logits.grad!;
        Assert.All(gradient[0, TensorIndex.Colon, 2].data<float>().ToArray(), value => Assert.True(value < 0));
        Assert.All(gradient[1, TensorIndex.Colon, 2].data<float>().ToArray(), value => Assert.True(value > 0));
    }
}
