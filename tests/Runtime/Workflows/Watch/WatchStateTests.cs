using CxrOnnx.Core;
using CxrOnnx.Tests;
using CxrOnnx.Workflows.Watch;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Workflows.Watch;

/// <summary>The record of what was done: nothing twice, nothing lost, one writer.</summary>
[Trait("Category", "quick")]
public sealed class WatchStateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Record => _folder.File(WatchState.FileName);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_AfterAnotherRun_KnowsWhatWasDone()
    {
        string key = WatchState.Key("1.2.3", "a report");
        using (WatchState first = WatchState.Open(_folder.Path))
        {
            Assert.False(first.IsDone(key));
            first.Add(key, "stored", 3, reason: null);
        }

        using WatchState second = WatchState.Open(_folder.Path);
        Assert.True(second.IsDone(key));
        Assert.False(second.IsDone(WatchState.Key("1.2.3", "an amended report")));
    }

    [Fact]
    public void Open_AfterAKillInTheMiddleOfALine_ForgetsThatLineOnly()
    {
        using (WatchState first = WatchState.Open(_folder.Path))
        {
            first.Add("aaaaaaaaaaaa", "stored", 3, reason: null);
        }

        File.AppendAllText(Record, "{\"image\":\"bbbb");
        using (WatchState second = WatchState.Open(_folder.Path))
        {
            Assert.True(second.IsDone("aaaaaaaaaaaa"));
            second.Add("cccccccccccc", "refused", 0, "why");
        }

        Assert.Equal(2, File.ReadAllLines(Record).Length);
        using WatchState third = WatchState.Open(_folder.Path);
        Assert.True(third.IsDone("cccccccccccc"));
    }

    [Fact]
    public void Open_WhileAnotherRunHasIt_IsRefused()
    {
        using WatchState first = WatchState.Open(_folder.Path);

        InputException refusal = Assert.Throws<InputException>(() => WatchState.Open(_folder.Path));
        Assert.Contains("is another run using it?", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_AFileOfAnotherKind_IsRefusedAndKept()
    {
        File.WriteAllText(Record, "something else\n");

        Assert.Contains("line 1", Assert.Throws<InputException>(() => WatchState.Open(_folder.Path)).Message, StringComparison.Ordinal);
        Assert.Equal("something else\n", File.ReadAllText(Record));
    }

    [Fact]
    public void Open_AfterAKillWithAnImage_RemovesTheImage()
    {
        Directory.CreateDirectory(_folder.File("work"));
        File.WriteAllText(_folder.File("work/image.dcm"), "somebody");

        using WatchState state = WatchState.Open(_folder.Path);

        Assert.Empty(Directory.GetFiles(state.Work));
    }
}
