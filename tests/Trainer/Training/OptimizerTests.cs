using CxrOnnx.Trainer.Settings;
using CxrOnnx.Trainer.Training;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;
using AdamW = CxrOnnx.Trainer.Training.AdamW;

namespace CxrOnnx.Trainer.Tests.Training;

[Trait("Category", "quick")]
public sealed class OptimizerTests
{
    [Fact]
    public void AdamW_FiveSteps_EqualsLibtorchs()
    {
        using Linear mine = nn.Linear(3, 2);
        using Linear reference = nn.Linear(3, 2);
        reference.load_state_dict(mine.state_dict());
        using torch.optim.Optimizer optimizer = optim.AdamW(reference.parameters(), lr: 0.01, weight_decay: 0.1);
        using AdamW adam = new(new FlatParameters(("linear", mine)), new AdamWSettings { WeightDecay = 0.1, MaxGradientNorm = 0 });
        using Tensor input = tensor(new float[] { 1, -2, 0.5f, 0.25f, 3, -1 }, [2, 3]);
        for (int step = 0; step < 5; step++)
        {
            mine.call(input).square().sum().backward();
            adam.Update(0.01);
            optimizer.zero_grad();
            reference.call(input).square().sum().backward();
            optimizer.step();
        }

        // The same formula with the divisions in another order.
        Assert.True(mine.weight!.allclose(reference.weight!, rtol: 1e-5, atol: 1e-6));
        Assert.True(mine.bias!.allclose(reference.bias!, rtol: 1e-5, atol: 1e-6));
    }

    [Fact]
    public void AdamW_LargeGradient_IsClippedToTheNorm()
    {
        using Linear module = nn.Linear(2, 1, hasBias: false);
        using AdamW adam = new(new FlatParameters(("m", module)), new AdamWSettings { MaxGradientNorm = 1 });
        using Tensor input = tensor(new float[] { 300, 400 }, [1, 2]);
        module.call(input).sum().backward();
        // d/dw = (300, 400): norm 500.
        using Tensor norm = adam.Update(0);
        Assert.Equal(500, norm.item<float>(), 3);
        Assert.Equal(0.1 * 0.6, adam.State["exp_avg"][0].item<float>(), 5);
    }

    [Fact]
    public void AdamW_Average_FollowsTheWeights()
    {
        using Linear module = nn.Linear(1, 1, hasBias: false);
        using AdamW adam = new(new FlatParameters(("m", module)), new AdamWSettings { AverageDecay = 0, WeightDecay = 0 });
        using Tensor input = ones(1, 1);
        module.call(input).sum().backward();
        adam.Update(0.5);
        Assert.Equal(module.weight!.item<float>(), adam.Average.item<float>());
    }

    [Theory]
    [InlineData(0, 0.1)]
    [InlineData(9, 1)]
    [InlineData(60, 1)]
    [InlineData(80, 0.55)]
    [InlineData(100, 0.1)]
    [InlineData(500, 0.1)]
    public void LearningRate_WarmUpPlateauCosine(long step, double expected)
    {
        LearningRateSchedule schedule = new()
        {
            Peak = 1,
            WarmUpSteps = 10,
            TotalSteps = 100,
            DecayStart = 0.6,
            FinalFraction = 0.1,
        };
        Assert.Equal(expected, schedule.At(step), 9);
    }

    [Fact]
    public void StepRandom_IsAFunctionOfSeedStreamAndStep()
    {
        Assert.Equal(Numbers(1, 2, 3), Numbers(1, 2, 3));
        Assert.NotEqual(Numbers(1, 2, 3), Numbers(1, 2, 4));
        Assert.NotEqual(Numbers(1, 2, 3), Numbers(1, 3, 3));
        Assert.NotEqual(Numbers(1, 2, 3), Numbers(2, 2, 3));
    }

    private static float[] Numbers(long seed, int stream, long step)
    {
        using StepRandom random = new(seed, stream, step);
        using Tensor values = random.Normal(4);
        return [.. values.data<float>().ToArray(), (float)random.Scalars.NextDouble()];
    }
}
