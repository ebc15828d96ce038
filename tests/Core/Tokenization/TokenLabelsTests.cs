using CxrOnnx.Core.Tokenization;
using Xunit;

namespace CxrOnnx.Core.Tests.Tokenization;

[Trait("Category", "quick")]
public sealed class TokenLabelsTests
{
    [Fact]
    public void Of_SubTokens_AreWordsAndTheirParts() =>
        Assert.Equal(["left", "opacity 1/2", "opacity 2/2"], TokenLabels.Of(["left</w>", "op", "acity</w>"]));

    [Fact]
    public void Of_CutWordAtTheEnd_IsAsFarAsItGoes() =>
        Assert.Equal(["left", "cardi 1/2", "cardi 2/2"], TokenLabels.Of(["left</w>", "car", "di"]));
}
