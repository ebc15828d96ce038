using CxrOnnx.Grounding.Sessions;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding.Sessions;

[Trait("Category", "quick")]
public sealed class CaptureGateTests
{
    [Fact]
    public void Capture_InsideNestedWork_TakesItsPlaceAndGivesItBack()
    {
        bool captured = false;
        int answer = CaptureGate.Work(() =>
            CaptureGate.Work(() =>
            {
                CaptureGate.Capture(() => captured = true);
                return 7;
            })
        );
        Assert.True(captured);
        Assert.Equal(7, answer);
        // Nothing is held any more: another thread may capture.
        Assert.True(AnotherThreadCanCapture());
    }

    [Fact]
    public async Task Capture_WhileOtherWorkRuns_WaitsForIt()
    {
        using ManualResetEventSlim begun = new(),
            release = new();
        bool done = false;
        CancellationToken token = TestContext.Current.CancellationToken;
        Task<bool> work = Task.Run(
            () =>
                CaptureGate.Work(() =>
                {
                    begun.Set();
                    release.Wait(token);
                    return done = true;
                }),
            token
        );
        begun.Wait(token);
        Task<bool> capture = Task.Run(
            () =>
            {
                bool seen = false;
                CaptureGate.Capture(() => seen = done);
                return seen;
            },
            token
        );
        release.Set();
        Assert.True(await work);
        Assert.True(await capture);
    }

    [Fact]
    public void Capture_ThatFails_LeavesTheGateOpen()
    {
        Assert.Throws<InvalidOperationException>(() =>
            CaptureGate.Work<bool>(() =>
            {
                CaptureGate.Capture(() => throw new InvalidOperationException());
                return true;
            })
        );
        Assert.True(CaptureGate.Work(() => true));
        Assert.True(AnotherThreadCanCapture());
    }

    private static bool AnotherThreadCanCapture()
    {
        Thread thread = new(() => CaptureGate.Capture(() => { })) { IsBackground = true };
        thread.Start();
        return thread.Join(TimeSpan.FromSeconds(30));
    }
}
