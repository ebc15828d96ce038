using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using Xunit;

namespace CxrOnnx.Core.Tests.Bundles;

/// <summary>The round trip, and one test per way in which the file can be wrong.</summary>
[Trait("Category", "quick")]
public sealed class StoredPhraseFileTests : IDisposable
{
    private const int Context = 4;
    private const int Width = 3;
    private const string Weights = "abc123";

    private static readonly StoredPhrase First = new("left \"x\" pneumonia", [1, 7, 8, 2], ["left</w>", "pneu"], [1, 2]);
    private static readonly StoredPhrase Second = new("right edema", [1, 9, 2, 2], ["edema</w>"], [1]);

    private readonly string _folder = Directory.CreateTempSubdirectory("cxr-phrases-").FullName;

    private string Path => System.IO.Path.Combine(_folder, StoredPhraseFile.FileName);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Open_WrittenFile_GivesPhrasesAndStates()
    {
        Write(First, Second);
        using StoredPhraseFile file = StoredPhraseFile.Open(Path, "ABC123", Context, Width);
        Assert.Equal([First.Phrase, Second.Phrase], file.Phrases.Select(phrase => phrase.Phrase));
        StoredPhrase found = file.Find("right edema")!;
        Assert.Equal(Second.Ids, found.Ids);
        Assert.Equal(Second.Tokens, found.Tokens);
        Assert.Equal(Second.Positions, found.Positions);
        Assert.Equal(States(2), file.StatesOf(found));
        Assert.Equal(States(1), file.StatesOf(file.Find(First.Phrase)!));
        Assert.Equal(States(0), file.EmptyStates());
        Assert.Null(file.Find("Right edema"));
    }

    [Fact]
    public void Open_OtherWeights_NamesBoth() => AssertRefused("other", Context, Width, "SHA-256 abc123, this bundle's has other");

    [Fact]
    public void Open_OtherWidth_NamesTheTensor() =>
        AssertRefused(Weights, Context, Width + 1, "tensor empty/last_hidden_state is missing or not F32 [4, 4]");

    [Fact]
    public void Open_PhraseTwice_IsRefused()
    {
        Write(First, First);
        AssertRefusedAsItIs("pneumonia\" is there twice");
    }

    [Fact]
    public void Open_PositionOutside_IsRefused()
    {
        Write(First with { Positions = [1, 4] });
        AssertRefusedAsItIs("its positions are not those");
    }

    [Theory]
    [InlineData("format", "other", "its format is not cxronnx.phrases.v1")]
    [InlineData("phrases", "[{\"phrase\":\"a\"}]", "its list of phrases is damaged")]
    [InlineData("phrases", "null", "lists no phrases")]
    public void Open_WrongMetadata_IsRefused(string key, string value, string message)
    {
        Write(First);
        Dictionary<string, string> metadata;
        TensorPayload[] tensors;
        using (SafetensorsFile file = SafetensorsFile.Open(Path))
        {
            metadata = new(file.Metadata) { [key] = value };
            tensors = [.. file.Tensors.Values.Select(tensor => TensorPayload.Bytes(tensor, file.ReadBytes(tensor.Name)))];
        }

        SafetensorsWriter.Write(Path, tensors, metadata);
        AssertRefusedAsItIs(message);
    }

    private void Write(params StoredPhrase[] phrases) =>
        StoredPhraseFile.Write(
            Path,
            Weights,
            Context,
            [.. phrases.Select((phrase, i) => (phrase, (ReadOnlyMemory<float>)States(i + 1)))],
            States(0)
        );

    private static float[] States(int seed) => [.. Enumerable.Range(0, Context * Width).Select(i => (seed * 100) + (i / 7f))];

    private void AssertRefused(string weights, int context, int width, string message)
    {
        Write(First, Second);
        ArtifactException error = Assert.Throws<ArtifactException>(() => StoredPhraseFile.Open(Path, weights, context, width));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.EndsWith("export the bundle again with `phrases`", error.Message, StringComparison.Ordinal);
    }

    private void AssertRefusedAsItIs(string message)
    {
        ArtifactException error = Assert.Throws<ArtifactException>(() => StoredPhraseFile.Open(Path, Weights, Context, Width));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }
}
