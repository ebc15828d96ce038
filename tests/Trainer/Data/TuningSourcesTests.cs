using System.Collections.Concurrent;
using CxrOnnx.Core;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Tests;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Models.Vae;
using CxrOnnx.Trainer.PromptTuning;
using Xunit;

namespace CxrOnnx.Trainer.Tests.Data;

[Trait("Category", "quick")]
public sealed class TuningSourcesTests : IDisposable
{
    private readonly TemporaryFolder _folder = ToyModel.Folder();
    private readonly AutoencoderKL _vae = new(ToyModel.Configuration.Vae);
    private readonly ConcurrentBag<string> _read = [];

    public void Dispose()
    {
        _vae.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void OfFiles_TwoCalls_EncodeEveryImageOnce()
    {
        TuningSetEntry[] entries =
        [
            Entry("a", "left"),
            Entry("a", "right"),
            Entry("b", "left"),
            Entry("c", "left", TuningSetFile.Validate),
        ];
        for (int call = 0; call < 2; call++)
        {
            using TuningData data = Open(entries, validationSamples: 5);
            Assert.Equal([2L, 2, 8, 8], data.Training.Latents.shape);
            Assert.Equal([2, 1], data.Training.Records.Select(record => record.Findings.Count));
            Assert.Equal([1L, 2, 8, 8], data.Validation!.Latents.shape);
        }

        Assert.Equal(["a.png", "b.png", "c.png"], _read.Order());
    }

    [Fact]
    public void OfFiles_ChangedImage_IsEncodedAgain()
    {
        TuningSetEntry[] entries = [Entry("a", "left")];
        Open(entries, 0).Dispose();
        File.WriteAllText(_folder.File("a.png"), "other");
        Open(entries, 0).Dispose();
        Assert.Equal(2, _read.Count);
    }

    [Fact]
    public void OfFiles_NoValidation_LeavesItsImagesAlone()
    {
        using TuningData data = Open([Entry("a", "left"), Entry("b", "left", TuningSetFile.Validate)], validationSamples: 0);
        Assert.Null(data.Validation);
        Assert.Equal(["a.png"], _read);
    }

    [Fact]
    public void OfFiles_MissingImageOrEmptySplit_IsNamed()
    {
        TuningSetEntry[] entries = [Entry("a", "left"), Entry("b", "left")];
        File.Delete(_folder.File("b.png"));
        Assert.Contains(
            "1 images of the tuning set are not there, the first is b.png",
            Assert.Throws<InputException>(() => Open(entries, 0)).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "none of the 1 samples",
            Assert.Throws<InputException>(() => Open([Entry("a", "left", TuningSetFile.Validate)], 1)).Message,
            StringComparison.Ordinal
        );
    }

    private TuningData Open(TuningSetEntry[] entries, int validationSamples) =>
        TuningSources.OfFiles(
            entries,
            _folder.Path,
            Read,
            _folder.File("cache"),
            ToyModel.Configuration,
            _vae,
            "sha",
            LocationAtlas.Default,
            validationSamples,
            _ => { },
            TestContext.Current.CancellationToken
        );

    private float[] Read(string path)
    {
        _read.Add(Path.GetFileName(path));
        return [.. Enumerable.Range(0, 16 * 16).Select(i => i / 256f)];
    }

    private TuningSetEntry Entry(string image, string location, string split = TuningSetFile.Train)
    {
        File.WriteAllText(_folder.File($"{image}.png"), image);
        return new TuningSetEntry
        {
            Image = $"{image}.png",
            ImageId = image,
            StudyId = image,
            Prompt = $"{location} pneumonia",
            Pathology = "pneumonia",
            Locations = [location],
            Split = split,
        };
    }
}
