using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Evidence;
using CxrOnnx.Evaluation.Evidence;
using CxrOnnx.Grounding.Sessions;
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

    private static EvidenceRequest Shipped { get; } =
        Request with
        {
            Bundle = Path.Combine(Fixtures.Repository, "models", "cxr-phantom"),
            Dataset = "ms-cxr",
            Preset = "turbo",
            Model = new GroundingModelOptions { Provider = ExecutionProvider.Cpu, Threads = 1 },
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

    /// <summary>Four images of five, so that the last group is smaller.</summary>
    [Fact]
    public void Execute_SeveralImagesAtOnce_LearnsTheSameUpToRounding()
    {
        EvidenceFile alone = Execute(Shipped, "alone.json");
        EvidenceFile together = Execute(Shipped with { ImagesAtOnce = 4 }, "together.json");

        Assert.Equal(alone.Recipe.LearnedFrom, together.Recipe.LearnedFrom);
        Assert.Equal(alone.HeldOut.Keys.Order(), together.HeldOut.Keys.Order());
        foreach ((string name, double value) in alone.HeldOut)
        {
            // Latents agree to 1e-5; a threshold of mIoU can take one cell more or less.
            Assert.Equal(value, together.HeldOut[name], 2e-3);
        }

        (EvidenceWeights a, EvidenceWeights b) = (alone.Recipe.Weights, together.Recipe.Weights);
        Assert.Equal(a.Intercept, b.Intercept, 5e-3);
        Assert.Equal(a.Attention, b.Attention, 5e-3);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65)]
    public void Execute_ImagesAtOnceOutside_IsRefused(int number)
    {
        InputException error = Assert.Throws<InputException>(() => Execute(Request with { ImagesAtOnce = number }, "none.json"));
        Assert.Contains("`images-at-once`", error.Message, StringComparison.Ordinal);
    }

    private EvidenceFile Execute(EvidenceRequest request, string name) =>
        EvidenceRun.Execute(request, _folder.File(name), new Observer(null), TestContext.Current.CancellationToken);

    /// <summary>Keeps what is noted; stops the run at the first progress where it can.</summary>
    private sealed class Observer(CancellationTokenSource? stop) : IWorkflowObserver, IProgress<double>
    {
        public List<string> Notes { get; } = [];

        public void Note(string text) => Notes.Add(text);

        public T WithProgress<T>(string title, Func<IProgress<double>, T> work) => work(this);

        public void Report(double value) => stop?.Cancel();
    }
}
