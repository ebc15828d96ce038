using CxrOnnx.Server.Work;
using Xunit;

namespace CxrOnnx.Server.Tests.Work;

[Trait("Category", "quick")]
public sealed class ByteBoundedCacheTests
{
    [Fact]
    public void Set_BeyondTheBound_DropsTheLeastRecentlyUsed()
    {
        int evicted = 0;
        ByteBoundedCache<string, string> cache = new(100) { Evicted = () => evicted++ };
        Assert.True(cache.Set("a", "1", 40));
        Assert.True(cache.Set("b", "2", 40));
        Assert.True(cache.TryGet("a", out _));
        Assert.True(cache.Set("c", "3", 30));

        Assert.False(cache.TryGet("b", out _));
        Assert.True(cache.TryGet("a", out _));
        Assert.Equal((70L, 2, 1), (cache.Bytes, cache.Count, evicted));
        Assert.False(cache.Set("a", "too large", 101));
        Assert.Equal((30L, 1), (cache.Bytes, cache.Count));
        Assert.True(cache.Set("c", "again", 100));
        Assert.Equal(100, cache.Bytes);
    }
}
