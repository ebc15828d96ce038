using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Tokenization;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding.Prompts;

[Trait("Category", "slow")]
public class PhraseEncoderTests
{
    [Fact]
    public void Encode_KnownPhrase_HasNoWarnings()
    {
        EncodedPhrase phrase = Closed().Encode("left lower pneumonia");
        Assert.Equal("left lower pneumonia", phrase.Text);
        Assert.Equal(["left</w>", "lower</w>", "pneumonia</w>"], phrase.Tokens);
        Assert.Equal([1, 2, 3], phrase.Positions);
        Assert.Equal(77, phrase.Ids.Count);
        Assert.Empty(phrase.Warnings);
    }

    [Fact]
    public void Encode_UnknownWordInAClosedVocabulary_IsLeftOutAndSaid()
    {
        EncodedPhrase phrase = Closed().Encode("Suspicious left lower pneumonia, probably");
        Assert.Equal("left lower pneumonia", phrase.Text);
        Assert.Equal([1, 2, 3], phrase.Positions);
        Assert.Equal(["this bundle's closed vocabulary does not know \"suspicious\", \"probably\": left out"], phrase.Warnings);
        Assert.Equal(["suspicious", "probably"], phrase.LeftOut);
    }

    [Fact]
    public void Encode_NothingKnown_Throws()
    {
        InputException error = Assert.Throws<InputException>(() => Closed().Encode("fractured clavicle"));
        Assert.Contains("knows none of its words", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_UnknownWordInAnOpenVocabulary_IsKept()
    {
        EncodedPhrase phrase = Open().Encode("fractured clavicle");
        Assert.Equal("fractured clavicle", phrase.Text);
        Assert.Empty(phrase.Warnings);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \t\n")]
    public void Encode_EmptyPhrase_Throws(string phrase)
    {
        InputException error = Assert.Throws<InputException>(() => Open().Encode(phrase));
        Assert.StartsWith("a phrase is empty", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_ThreeHundredWords_SaysThatItIsCut()
    {
        EncodedPhrase phrase = Open().Encode(string.Join(' ', Enumerable.Repeat("pneumonia", 300)));
        Assert.Equal(75, phrase.Positions.Count);
        Assert.Equal(["the phrase is longer than the 75 sub-tokens that fit: the last 225 were left out"], phrase.Warnings);
    }

    [Fact]
    public void Encode_LongPhraseOfUnknownWords_KeepsTheKnownOneAtTheEnd()
    {
        EncodedPhrase phrase = Closed().Encode(string.Join(' ', Enumerable.Repeat("clavicle", 300)) + " pneumonia");
        Assert.Equal(["pneumonia</w>"], phrase.Tokens);
        Assert.Equal(["this bundle's closed vocabulary does not know \"clavicle\": left out"], phrase.Warnings);
    }

    private static PhraseEncoder Closed() => new(Vocabulary("closed", [.. Codebook.Build(Tokenizer()).TokenIds]), Tokenizer());

    private static PhraseEncoder Open() => new(Vocabulary("open", []), Tokenizer());

    private static ClipTokenizer Tokenizer() => ClipTokenizer.Load(Path.Combine(Fixtures.Repository, "models", "tokenizer"));

    private static BundleVocabulary Vocabulary(string kind, IReadOnlyList<int> ids) => new(kind, ids, [], 49406, 49407, 0);
}
