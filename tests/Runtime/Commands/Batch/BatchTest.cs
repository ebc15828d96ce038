using System.Text.Json;
using CxrOnnx.Tests;

namespace CxrOnnx.Runtime.Tests.Commands.Batch;

/// <summary>A manifest of two images and a report, and the command on it.</summary>
public abstract class BatchTest : IDisposable
{
    /// <summary>Two phrases of one image, one of them twice, and the report of another.</summary>
    protected const string Manifest = """
        image,phrase,report
        images/a.png,left lower pneumonia,
        images/a.png,cardiomegaly,
        images/b.png,,b.txt
        images/a.png,left lower pneumonia,
        """;

    private readonly TemporaryFolder _folder = new();

    /// <summary>Writes the images, the report and the manifest.</summary>
    protected BatchTest()
    {
        Directory.CreateDirectory(At("images"));
        TestImages.Radiograph(At("images"), "a.png");
        TestImages.Radiograph(At("images"), "b.png", 80, 64);
        File.WriteAllText(At("b.txt"), "Findings: Right pleural effusion. No pneumothorax.");
        File.WriteAllText(At("m.csv"), Manifest);
    }

    /// <summary>The results of a whole batch.</summary>
    protected string Results => At("out/results.jsonl");

    /// <summary>A path in the test's folder.</summary>
    protected string At(string name) => _folder.File(name);

    /// <inheritdoc/>
    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected Task<CliRun> Batch(params string[] arguments) =>
        CliTest.Run(["batch", At("m.csv"), "--out", At("out"), "--bundle", TinyBundle.Folder, .. arguments]);

    private protected Task<CliRun> Merge(params string[] arguments) => CliTest.Run(["merge", At("out"), .. arguments]);

    private protected static JsonElement[] Lines(string path) =>
        [.. File.ReadAllLines(path).Select(line => JsonDocument.Parse(line).RootElement)];

    /// <summary>Writes a manifest of links to one small image, a phrase each.</summary>
    private protected void WriteImages(int images)
    {
        File.WriteAllText(
            At("m.csv"),
            "image,phrase\n" + string.Concat(Enumerable.Range(0, images).Select(i => $"images/i{i}.png,edema\n"))
        );
        for (int i = 0; i < images; i++)
        {
            File.CreateSymbolicLink(At($"images/i{i}.png"), At("images/b.png"));
        }
    }
}
