using System.Text.Json;
using CsCheck;
using CxrOnnx.Core.Tokenization;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Core.Tests.Tokenization;

[Trait("Category", "slow")]
public sealed class ClipTokenizerTests
{
    private static ClipTokenizer Tokenizer => ShippedTokenizer.Instance;

    [Fact]
    public void Encode_EveryReferenceText_GivesTheReferenceIds()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("clip/tokenizer_cases.json")));
        List<string> differences = [];
        int count = 0;
        foreach (JsonElement item in document.RootElement.GetProperty("cases").EnumerateArray())
        {
            string text = item.GetProperty("text").GetString()!;
            TokenizedText encoded = Tokenizer.Encode(text);
            long[] expected = [.. item.GetProperty("ids_77").EnumerateArray().Select(id => id.GetInt64())];
            long[] unframed = [.. item.GetProperty("ids_unpadded").EnumerateArray().Select(id => id.GetInt64())];
            if (
                !encoded.Ids.SequenceEqual(expected)
                || !Tokenizer.EncodeUnframed(text).Select(id => (long)id).SequenceEqual(unframed[1..^1])
                || encoded.Truncated != item.GetProperty("truncated").GetBoolean()
                || encoded.TruncatedTokens.Count != Math.Max(0, unframed.Length - 77)
            )
            {
                differences.Add($"{text}: {string.Join(' ', encoded.Tokens)}");
            }

            count++;
        }

        Assert.Equal(157, count);
        Assert.Empty(differences);
    }

    [Fact]
    public void Encode_Phrase_PointsAtItsOwnTokensAndWords()
    {
        TokenizedText text = Tokenizer.Encode("Left lower pneumothorax!");

        Assert.Equal([49406, 1823, 4909], text.Ids[..3]);
        Assert.Equal(text.Tokens.Count, text.Positions.Count);
        Assert.Equal(Enumerable.Range(1, text.Tokens.Count), text.Positions);
        Assert.Equal(Tokenizer.EosId, text.Ids[text.Positions[^1] + 1]);
        Assert.All(text.Ids[(text.Positions[^1] + 2)..], id => Assert.Equal(0, id));
        Assert.Equal(["left", "lower", "pneumothorax", "!"], text.Words.Select(word => word.Text));
        Assert.Equal(
            "pneumothorax</w>",
            string.Concat(text.Words[2].Positions.Select(position => Tokenizer.TokenOf((int)text.Ids[position])))
        );
        Assert.Equal("!</w>", text.Tokens[^1]);
        Assert.Equal(256, text.Ids[text.Positions[^1]]);
        Assert.False(text.Truncated);
        Assert.Equal(text.Positions.Count, text.Mask().Sum());
        Assert.Equal(0, text.Mask()[0]);
    }

    [Fact]
    public void Encode_EmptyText_HasNoTokensOfItsOwn()
    {
        TokenizedText text = Tokenizer.Encode("  \t\n ");

        Assert.Equal([49406, 49407, .. Enumerable.Repeat(0L, 75)], text.Ids);
        Assert.Empty(text.Positions);
        Assert.Empty(text.Words);
    }

    [Fact]
    public void Encode_TooLongText_SaysWhatWasCut()
    {
        TokenizedText text = Tokenizer.Encode(string.Join(' ', Enumerable.Repeat("edema pneumothorax", 40)));

        Assert.True(text.Truncated);
        Assert.Equal(75, text.Tokens.Count);
        Assert.Equal(49407, text.Ids[76]);
        Assert.Equal(Enumerable.Range(1, 75), text.Words.SelectMany(word => word.Positions));
        Assert.Equal(
            string.Concat(Enumerable.Repeat("edema</w>pneumothorax</w>", 40)),
            string.Concat(text.Tokens.Concat(text.TruncatedTokens))
        );
    }

    [Fact]
    public void Load_OtherPadId_PadsWithIt()
    {
        ClipTokenizer tokenizer = ClipTokenizer.Load(ShippedTokenizer.Folder, padId: 49407);

        Assert.Equal(Enumerable.Repeat(49407L, 76), tokenizer.Encode("").Ids[1..]);
    }

    [Theory]
    [InlineData('x', 1 << 20)]
    [InlineData('é', 1 << 20)]
    [InlineData('Ã', 1 << 18)]
    [InlineData('\ud800', 1 << 18)]
    [InlineData('&', 1 << 18)]
    public void Encode_HugeWordOfOneCharacter_IsCutWithoutTrouble(char character, int length)
    {
        TokenizedText text = Tokenizer.Encode(new string(character, length));

        Assert.True(text.Truncated);
        Assert.Equal(75, text.Positions.Count);
        TokenSpan word = Assert.Single(text.Words);
        Assert.Equal((1, 75), (word.FirstPosition, word.Count));
    }

    [Fact]
    public void Encode_HugeReport_IsCutWithoutTrouble()
    {
        const string sentence = "Left lower lobe opacity, naïve.";
        int one = Tokenizer.Encode(sentence).Tokens.Count;

        TokenizedText text = Tokenizer.Encode(string.Join(' ', Enumerable.Repeat(sentence, 30_000)));

        Assert.Equal(75, text.Positions.Count);
        Assert.Equal(one * 30_000, text.Tokens.Count + text.TruncatedTokens.Count);
    }

    [Fact]
    public void Encode_LongWordOfManyLetters_EqualsTheShortWordPath()
    {
        foreach (string letters in (string[])["pneumothorax", "naïve", "ab", "aaa"])
        {
            string word = string.Concat(Enumerable.Repeat(letters, 40));
            IReadOnlyList<int> expected = Tokenizer.EncodeUnframed(word[..Math.Min(word.Length, 250)]);
            IReadOnlyList<int> actual = new LongWordMerger(ClipVocabulary.Load(ShippedTokenizer.Folder)).Encode(
                word[..Math.Min(word.Length, 250)]
            );
            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void Encode_AnyWords_AreMergedAlikeByLibraryAndOwnCode()
    {
        LongWordMerger merger = new(ClipVocabulary.Load(ShippedTokenizer.Folder));
        Gen<string> text = Gen.OneOf(
                Gen.Char["abcdefghilmnoprstuxyz -'1."],
                Gen.Char['\u00a1', '\u024f'],
                Gen.Char['\u0400', '\u04ff'],
                Gen.Char['\u4e00', '\u9fff']
            )
            .Array[1, 60]
            .Select(characters => new string(characters));
        text.Sample(
            input =>
            {
                string cleaned = TextCleaning.Clean(input);
                Assert.Equal(
                    WordSplitter.Split(cleaned).SelectMany(range => merger.Encode(cleaned[range])),
                    Tokenizer.EncodeUnframed(input)
                );
            },
            iter: 2000,
            threads: 1
        );
    }

    [Fact]
    public void Encode_AnyUtf16_KeepsTheInvariants()
    {
        Gen.Char[char.MinValue, char.MaxValue]
            .Array[0, 120]
            .Select(characters => new string(characters))
            .Sample(
                input =>
                {
                    TokenizedText text = Tokenizer.Encode(input);
                    Assert.Equal(77, text.Ids.Length);
                    Assert.Equal(49406, text.Ids[0]);
                    Assert.Equal(49407, text.Ids[text.Positions.Count + 1]);
                    Assert.All(text.Ids, id => Assert.InRange(id, 0, 49407));
                    Assert.Equal(text.Positions, text.Words.SelectMany(word => word.Positions));
                    Assert.Equal(text.Truncated, text.TruncatedTokens.Count > 0);
                    Assert.Equal(text.Tokens, text.Positions.Select(position => Tokenizer.TokenOf((int)text.Ids[position])));
                },
                iter: 300,
                threads: 1
            );
    }
}
