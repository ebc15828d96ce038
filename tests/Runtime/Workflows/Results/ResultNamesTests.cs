using System.Text;
using CsCheck;
using CxrOnnx.Workflows.Results;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Workflows.Results;

[Trait("Category", "quick")]
public sealed class ResultNamesTests
{
    [Theory]
    [InlineData("left lower pneumonia", "left-lower-pneumonia")]
    [InlineData("  Left   LOWER\tpneumonia! ", "left-lower-pneumonia")]
    [InlineData("../../etc/passwd", "etc-passwd")]
    [InlineData("$(rm -rf /); `ls` | cat > x", "rm-rf-ls-cat-x")]
    [InlineData("--help", "help")]
    [InlineData("\u80f8\u90e8", "\u80f8\u90e8")]
    [InlineData("\u041f\u043d\u0435\u0432\u043c\u043e\u043d\u0438\u044f!", "\u043f\u043d\u0435\u0432\u043c\u043e\u043d\u0438\u044f")]
    [InlineData("\u00c9panchement pleural", "\u00e9panchement-pleural")]
    [InlineData("\u0928\u093f\u092e\u094b\u0928\u093f\u092f\u093e", "\u0928\u093f\u092e\u094b\u0928\u093f\u092f\u093e")]
    [InlineData("a\u202egnp.exe", "a-gnp-exe")]
    [InlineData("\ud83d", "phrase")]
    [InlineData("...", "phrase")]
    public void Slug_AnyPhrase_IsHarmless(string phrase, string expected) => Assert.Equal(expected, ResultNames.Slug(phrase));

    [Fact]
    public void Slug_AnyText_HasOnlyLettersDigitsMarksAndALimit() =>
        Gen.String.Sample(
            text =>
            {
                string slug = ResultNames.Slug(text);
                Assert.Matches(@"^[\p{L}\p{Nd}\p{M}\p{Cs}]+(-[\p{L}\p{Nd}\p{M}\p{Cs}]+)*$", slug);
                Assert.DoesNotContain('\ufffd', slug);
                Assert.InRange(slug.Length, 1, 60);
                Assert.InRange(Encoding.UTF8.GetByteCount(slug), 1, 90);
            },
            threads: 1
        );

    [Fact]
    public void Names_OfTheLongestTexts_FitIntoAFileName()
    {
        string wide = string.Concat(Enumerable.Repeat("\u80f8", 300));
        ResultNames names = new($"/data/{wide}.png");
        _ = names.Stem(wide);
        string file = $".{names.Stem(wide)}.token-76-{ResultNames.TokenSlug(wide)}.heatmap.npy.{Path.GetRandomFileName()}.tmp";
        Assert.InRange(Encoding.UTF8.GetByteCount(file), 1, 255);
    }

    [Fact]
    public void Stem_ImagesNamedInChinese_AreDifferent() =>
        Assert.NotEqual(
            new ResultNames("/x/\u80f8\u90e8\u4e00.png").Stem("edema"),
            new ResultNames("/x/\u80f8\u90e8\u4e8c.png").Stem("edema")
        );

    [Fact]
    public void Stem_PhrasesWithTheSameSlug_AreNumbered()
    {
        ResultNames names = new("/data/Chest 01.dcm");
        Assert.Equal(
            ["Chest-01.left-edema", "Chest-01.left-edema-2", "Chest-01.left-edema-3"],
            (string[])[names.Stem("left edema"), names.Stem("Left edema"), names.Stem("left, edema")]
        );
    }

    [Theory]
    [InlineData("/x/.hidden.png", "hidden.a")]
    [InlineData("/x/a_b.c.png", "a_b.c.a")]
    [InlineData("/x/;rm.png", "rm.a")]
    [InlineData("/x/\u80f8.png", "\u80f8.a")]
    [InlineData("/x/+++.png", "image.a")]
    public void Stem_ImageName_IsHarmless(string image, string expected) => Assert.Equal(expected, new ResultNames(image).Stem("a"));
}
