using CxrOnnx.Trainer.Devices;
using Xunit;

namespace CxrOnnx.Trainer.Tests.Devices;

[Trait("Category", "quick")]
public sealed class PrefetchTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Take_InOrder_GivesWhatWasPreparedForEachStep(bool ahead)
    {
        using Prefetch<Item> items = new(step => new Item(step), 5, 25, ahead);
        for (long step = 5; step < 25; step++)
        {
            using Item item = items.Take(step);
            Assert.Equal(step, item.Step);
        }
    }

    [Fact]
    public void Dispose_BeforeTheEnd_DisposesWhatNobodyTook()
    {
        List<Item> made = [];
        using (Prefetch<Item> items = new(Make, 0, 1000, ahead: true))
        {
            items.Take(0).Dispose();
        }

        lock (made)
        {
            Assert.InRange(made.Count, 1, 10);
            Assert.All(made, item => Assert.True(item.IsDisposed));
        }

        Item Make(long step)
        {
            Item item = new(step);
            lock (made)
            {
                made.Add(item);
            }

            return item;
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Take_PreparingFails_ThrowsItHere(bool ahead)
    {
        using Prefetch<Item> items = new(
            step => step < 2 ? new Item(step) : throw new FileNotFoundException("image 7 is gone"),
            0,
            10,
            ahead
        );
        items.Take(0).Dispose();
        items.Take(1).Dispose();
        FileNotFoundException failure = Assert.Throws<FileNotFoundException>(() => items.Take(2));
        Assert.Equal("image 7 is gone", failure.Message);
    }

    private sealed class Item(long step) : IDisposable
    {
        public long Step => step;

        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}
