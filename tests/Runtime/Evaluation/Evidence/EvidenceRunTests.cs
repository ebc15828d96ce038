using CxrOnnx.Core;
using CxrOnnx.Core.Evidence;
using CxrOnnx.Evaluation.Evidence;
using CxrOnnx.Tests;
using CxrOnnx.Workflows;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation.Evidence;

/// <summary>Learning evidence maps with a tiny model on the shipped samples.</summary>
[Trait("Category", "slow")]
public sealed class EvidenceRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static EvidenceRequest Request { get; } =
        new()
        {
            Bundle = TinyBundle.Folder,
            Dataset = "phantom",
            Annotations = Path.Combine(Fixtures.Repository, "models", "samples", "annotations.csv"),
            Images = Path.Combine(Fixtures.Repository, "models", "samples"),
            NoisePairs = 1,
            Folds = 2,
        };

    [Fact]
    public void Execute_StoppedRun_IsGoneOnWithToTheSameFile()
    {
        string whole = _folder.File("whole.json");
        string path = _folder.File("evidence.json");
        EvidenceFile learned = EvidenceRun.Execute(Request, whole, new Observer(null), TestContext.Current.CancellationToken);
        using CancellationTokenSource stop = new();
        Assert.Throws<OperationCanceledException>(() => EvidenceRun.Execute(Request, path, new Observer(stop), stop.Token));
        Assert.False(File.Exists(path));
        Assert.True(File.Exists(_folder.File("evidence.progress.jsonl")));

        Observer observer = new(null);
        EvidenceRun.Execute(Request, path, observer, TestContext.Current.CancellationToken);

        Assert.Equal(["1 images of an earlier run are taken over (progress.jsonl)"], observer.Notes);
        Assert.Equal(File.ReadAllBytes(whole), File.ReadAllBytes(path));
        Assert.False(File.Exists(_folder.File("evidence.progress.jsonl")));
        Assert.Equal(("fast", 1L), (learned.Preset, learned.Recipe.Seed));
        Assert.Equal([380], learned.Recipe.Timesteps);
    }

    [Fact]
    public void Execute_ProgressOfOtherNoise_IsRefused()
    {
        string path = _folder.File("evidence.json");
        using CancellationTokenSource stop = new();
        Assert.Throws<OperationCanceledException>(() => EvidenceRun.Execute(Request, path, new Observer(stop), stop.Token));

        string message = Assert
            .Throws<InputException>(() =>
                EvidenceRun.Execute(Request with { NoisePairs = 2 }, path, new Observer(null), TestContext.Current.CancellationToken)
            )
            .Message;

        Assert.Contains("noise", message, StringComparison.Ordinal);
        Assert.Contains("steps 290, 470, seed 1", message, StringComparison.Ordinal);
    }

    /// <summary>Keeps what is noted; stops the run at the first progress where it can.</summary>
    private sealed class Observer(CancellationTokenSource? stop) : IWorkflowObserver, IProgress<double>
    {
        public List<string> Notes { get; } = [];

        public void Note(string text) => Notes.Add(text);

        public T WithProgress<T>(string title, Func<IProgress<double>, T> work) => work(this);

        public void Report(double value) => stop?.Cancel();
    }
}
