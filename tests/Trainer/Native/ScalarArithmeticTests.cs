using System.Diagnostics;
using CxrOnnx.Trainer.Native;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Tests.Native;

[CollectionDefinition(nameof(GarbageCollections), DisableParallelization = true)]
public sealed class GarbageCollections;

// Alone: the collections that it forces would slow every other test.
[Trait("Category", "quick")]
[Collection(nameof(GarbageCollections))]
public sealed class ScalarArithmeticTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(3);

    [Fact]
    public void NewTensors_OfHandMadeNumbers_AreHandMade()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor operand = tensor(new float[] { -2, 0.5f, 4 });
        Tensor rows = tensor(new float[] { 1, 2, 3, 4, 5, 6 }, [2, 3]);

        Assert.Equal([-1, 2.5f, 7, 2, 5.5f, 10], Values(rows.Plus(operand)));
        Assert.Equal([3, 0.5f, -3], Values(operand.OneMinus()));
        Assert.Equal([-0.5f, 0.125f, 1], Values(operand.Times(0.25)));
        Assert.Equal([4, 0.25f, 16], Values(operand.Squared()));
        Assert.Equal([-4, 1, 8], Values(operand.DividedBy(0.5)));
        Assert.Equal([1, 1, 4], Values(operand.AtLeast(1)));
        Assert.Equal([-1, 0.5f, 3], Values(operand.Within(-1, 3)));
        Assert.Equal([false, false, true], operand.IsAbove(0.5).data<bool>().ToArray());
        Assert.Equal([-2, 0.5f, 4], Values(operand));
    }

    [Fact]
    public void InPlace_OfHandMadeNumbers_ChangesTheTarget()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor target = tensor(new float[] { 1, 2, 4 }),
            left = tensor(new float[] { 1, 2, 3 }),
            right = tensor(new float[] { 2, 4, 8 });

        target.MultiplyInPlace(2);
        Assert.Equal([2, 4, 8], Values(target));
        target.DivideInPlace(4).AddInPlace(0.5);
        Assert.Equal([1, 1.5f, 2.5f], Values(target));
        target.AddInPlace(left, -2);
        Assert.Equal([-1, -2.5f, -3.5f], Values(target));
        target.AddProductInPlace(left, right, 0.5);
        Assert.Equal([0, 1.5f, 8.5f], Values(target));
        target.AddQuotientInPlace(left, right, 4);
        Assert.Equal([2, 3.5f, 10], Values(target));
        target.FillInPlace(-1);
        Assert.Equal([-1, -1, -1], Values(target));
    }

    [Fact]
    public void Gradient_OfOneMinusTimes_FlowsThroughBoth()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor operand = tensor(new float[] { 2, 3 }, requires_grad: true);
        operand.OneMinus().Squared().Plus(operand.Times(3)).sum().backward();
        Assert.Equal([5, 7], Values(operand.grad!)); // -2 (1 - x) + 3
    }

    // With TorchSharp's own operators in the loop this fails within a second.
    [Fact]
    public void Numbers_WhileAnotherThreadCollects_AreReadBeforeTheyAreFreed()
    {
        using CancellationTokenSource done = new();
        Thread collector = new(() =>
        {
            while (!done.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        try
        {
            using Tensor ones = torch.ones(1000);
            Stopwatch watch = Stopwatch.StartNew();
            for (int i = 0; i < 20_000 && watch.Elapsed < Longest; i++)
            {
                using DisposeScope scope = NewDisposeScope();
                Assert.Equal(4, ones.Plus(ones).Times(3).Within(0, 4)[7].item<float>());
            }
        }
        finally
        {
            done.Cancel();
            collector.Join();
        }
    }

    private static float[] Values(Tensor tensor) => tensor.data<float>().ToArray();
}
