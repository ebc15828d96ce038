using System.Text.Json;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Core.Tokenization;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Core.Tests.Tokenization;

[Trait("Category", "quick")]
public sealed class CodebookTests
{
    private static readonly ClipTokenizer Tokenizer = ShippedTokenizer.Instance;
    private static readonly Codebook Codebook = Codebook.Build(Tokenizer);

    [Fact]
    public void Build_PublishedVocabulary_GivesTheReferenceRows()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("clip/codebook46.json")));
        IEnumerable<CodebookToken> expected = document
            .RootElement.GetProperty("codebook46")
            .EnumerateArray()
            .Select(row => new CodebookToken(
                row.GetProperty("id").GetInt32(),
                row.GetProperty("token").GetString()!,
                row.GetProperty("in_location").GetBoolean(),
                row.GetProperty("in_pathology").GetBoolean(),
                row.GetProperty("special").GetBoolean()
            ));

        Assert.Equal(expected, Codebook.Tokens);
        Assert.Equal(46, Codebook.TokenIds.Count);
    }

    [Fact]
    public void LearnableIds_SharedOrNot_DifferByTheSixSharedTokens()
    {
        IReadOnlyList<int> all = Codebook.LearnableIds(includeShared: true);
        IReadOnlyList<int> locationOnly = Codebook.LearnableIds(includeShared: false);

        Assert.Equal(20, locationOnly.Count);
        Assert.Equal(
            ["cardi", "gal", "ome", "ple", "ural</w>", "y</w>"],
            all.Except(locationOnly).Select(Tokenizer.TokenOf).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void UnknownWords_OtherText_AreThoseWithoutAllRows()
    {
        Assert.Empty(Codebook.UnknownWords(Tokenizer.Encode("Bibasilar opacity and lingular pleural effusion")));
        Assert.Equal(["rib", "fracture"], Codebook.UnknownWords(Tokenizer.Encode("left rib fracture")));
    }

    [Fact]
    public void Locations_All_AreTwentySevenWithDifferentNames()
    {
        Assert.Equal(27, Location.All.Select(location => location.Name).Distinct().Count());
        Assert.All(
            Location.All,
            location => Assert.True(Location.TryFind(location.Name.ToUpperInvariant(), out Location? found) && found == location)
        );
        Assert.Equal("bibasilar", Location.Of(Side.Bilateral, Zone.Base).Name);
        Assert.Equal(["left base", "right base"], Location.Of(Side.Bilateral, Zone.Base).Sides().Select(side => side.Name));
        Assert.Equal(8, Pathology.All.Count);
        Assert.All(Pathology.All, item => Assert.True(Pathology.TryFind(item.PromptText, out Pathology? found) && found == item));
    }
}
