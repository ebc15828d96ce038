using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Tokenization;
using Xunit;

namespace CxrOnnx.Core.Tests.Tokenization;

[Trait("Category", "quick")]
public sealed class ClipVocabularyTests : IDisposable
{
    private const string SoundMerges = "#version: 0.2\na b\n";
    private const string SoundVocabulary = """{"a": 0, "b": 1, "ab": 2, "<|startoftext|>": 3, "<|endoftext|>": 4}""";

    private readonly string _folder = Directory.CreateTempSubdirectory("cxronnx-tokenizer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_SoundFiles_HoldTheirEntries()
    {
        Write(SoundVocabulary, "#version: 0.2\r\na b\r\n");

        ClipVocabulary vocabulary = ClipVocabulary.Load(_folder);

        Assert.Equal(5, vocabulary.Ids.Count);
        Assert.Equal(["a b"], vocabulary.Merges);
    }

    [Fact]
    public void Load_NoSuchFile_NamesIt() => Assert.EndsWith("a tokenizer folder holds vocab.json and merges.txt", Error(null, null));

    [Fact]
    public void Load_NoMerges_NamesTheFile() => Assert.Contains("merges.txt: no such file", Error(SoundVocabulary, null));

    [Theory]
    [InlineData("[1]", "vocab.json line 1: expected an object of tokens and ids, got StartArray")]
    [InlineData("{\"a\": 0,\n\"b\": \"x\"}", "vocab.json line 2: the id of token 'b' is not a whole number from 0 on")]
    [InlineData("{\"a\": 0,\n\"b\": -1}", "vocab.json line 2: the id of token 'b' is not a whole number from 0 on")]
    [InlineData("{\"a\": 0,\n\n\"a\": 1}", "vocab.json line 3: token 'a' is listed twice")]
    [InlineData("{\"a\": 0,\n\"b\": 0}", "vocab.json line 2: tokens 'a' and 'b' have the same id 0")]
    [InlineData("{\"a\": 0,\n\"b\": 1", "vocab.json line 2: not valid JSON")]
    [InlineData("", "vocab.json line 1: not valid JSON")]
    [InlineData("{\"a\": 0} x", "vocab.json line 1: not valid JSON")]
    [InlineData("{\"\\ud800\": 0}", "vocab.json: a token is not valid Unicode text")]
    [InlineData("{\"a\": 0}", "vocab.json: no entry '<|startoftext|>'")]
    public void Load_DamagedVocabulary_NamesFileLineAndFault(string vocabulary, string expected) =>
        Assert.Contains(expected, Error(vocabulary, SoundMerges));

    [Theory]
    [InlineData("#version: 0.2\na b\na\n", "merges.txt line 3: expected two tokens separated by one blank, got 'a'")]
    [InlineData("#version: 0.2\n\na b\n", "merges.txt line 2: expected two tokens separated by one blank, got ''")]
    [InlineData("a b c\n", "merges.txt line 1: expected two tokens")]
    [InlineData("#version: 0.2\na c\n", "merges.txt line 2: token 'c' is not in vocab.json; the two files do not belong together")]
    [InlineData("#version: 0.2\nb a\n", "merges.txt line 2: token 'ba' is not in vocab.json")]
    [InlineData("#version: 0.2\n", "merges.txt: holds no merges")]
    public void Load_DamagedMerges_NamesFileLineAndFault(string merges, string expected) =>
        Assert.Contains(expected, Error(SoundVocabulary, merges));

    [Fact]
    public void Load_MergesThatAreNotUtf8_AreRefused()
    {
        Write(SoundVocabulary, SoundMerges);
        File.WriteAllBytes(Path.Combine(_folder, "merges.txt"), [0x61, 0x20, 0xFF, 0x0A]);

        Assert.Contains(
            "merges.txt: not UTF-8 text (byte 2)",
            Assert.Throws<ArtifactException>(() => ClipVocabulary.Load(_folder)).Message
        );
    }

    [Fact]
    public void Load_PadIdWithoutToken_IsRefused()
    {
        Write(SoundVocabulary, SoundMerges);

        Assert.Contains(
            "no token has the padding id 9",
            Assert.Throws<ArtifactException>(() => ClipTokenizer.Load(_folder, padId: 9)).Message
        );
    }

    private string Error(string? vocabulary, string? merges)
    {
        Write(vocabulary, merges);
        return Assert.Throws<ArtifactException>(() => ClipVocabulary.Load(_folder)).Message;
    }

    private void Write(string? vocabulary, string? merges)
    {
        foreach ((string name, string? content) in (ReadOnlySpan<(string, string?)>)[("vocab.json", vocabulary), ("merges.txt", merges)])
        {
            if (content is not null)
            {
                File.WriteAllText(Path.Combine(_folder, name), content);
            }
        }
    }
}
