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
    [InlineData("\u80f8\u90e8", "phrase")]
    [InlineData("...", "phrase")]
    public void Slug_AnyPhrase_IsHarmless(string phrase, string expected) => Assert.Equal(expected, ResultNames.Slug(phrase));

    [Fact]
    public void Slug_AnyText_HasOnlySafeLettersAndALimit() =>
        Gen.String.Sample(
            text =>
            {
                string slug = ResultNames.Slug(text);
                Assert.Matches("^[a-z0-9]+(-[a-z0-9]+)*$", slug);
                Assert.InRange(slug.Length, 1, 60);
            },
            threads: 1
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
    [InlineData("/x/\u80f8.png", "image.a")]
    public void Stem_ImageName_IsHarmless(string image, string expected) => Assert.Equal(expected, new ResultNames(image).Stem("a"));
}
