using CxrOnnx.Core.Tokenization;
using Xunit;

namespace CxrOnnx.Core.Tests.Tokenization;

[Trait("Category", "quick")]
public sealed class TextRepairTests
{
    [Theory]
    [InlineData("naÃ¯ve", "naïve")]
    [InlineData("This â€” should be an em dash", "This — should be an em dash")]
    [InlineData("âœ” No problems", "✔ No problems")]
    [InlineData("This text is sad .â\u0081”.", "This text is sad .⁔.")]
    [InlineData("â€œ like this â€\uFFFD", "\" like this \uFFFD")]
    [InlineData("Ã la mode", "à la mode")]
    [InlineData("voilÃ le travail", "voilà le travail")]
    [InlineData("ÐŸÑ€Ð¸Ð²ÐµÑ‚", "Привет")]
    [InlineData("ÃƒÂ©panchement", "épanchement")]
    [InlineData("5 Âµg, 37 Â°C", "5 µg, 37 °C")]
    [InlineData("Pleuraerguss, ÃœberblÃ¤hung", "Pleuraerguss, Überblähung")]
    [InlineData("good “text” with mojibake cafÃ© and 肺", "good \"text\" with mojibake café and 肺")]
    [InlineData("This text was never UTF-8 at all\u0085", "This text was never UTF-8 at all…")]
    [InlineData("ðŸ’¯", "💯")]
    public void Repair_Mojibake_IsUndone(string text, string expected) => Assert.Equal(expected, TextRepair.Repair(text));

    [Theory]
    [InlineData("AHÅ™, the new sofa from IKEA®")]
    [InlineData("Überblähung, café, 5 µg/ml ±5 °C")]
    [InlineData("肺炎 пневмония التهاب")]
    [InlineData("12 × 15 mm², ≥ 3 cm → biopsy")]
    [InlineData("This text is fine already :þ")]
    [InlineData("not such a fan of Charlotte Brontë…")]
    public void Repair_SoundText_IsLeftAlone(string text) => Assert.Equal(text, TextRepair.Repair(text));

    [Theory]
    [InlineData("“it’s” „low‟ ʼn", "\"it's\" \"low\" 'n")]
    [InlineData("ﬂuﬃeﬆ", "fluffiest")]
    [InlineData("ＬＯＵＤ　ＮＯＩＳＥＳ", "LOUD NOISES")]
    [InlineData("Ｕﾀｰﾝ", "Uターン")]
    [InlineData("a\r\nb\rc\u2028d\u2029e", "a\nb\nc\nd\ne")]
    [InlineData("\u001b[36;44mblue\u001b[0m", "blue")]
    [InlineData("\0a\u0007\u007fb\ufeff\ufffc", "ab")]
    [InlineData("e\u0301", "é")]
    [InlineData("P&EACUTE;REZ &lt;5 &amp;amp;", "PÉREZ <5 &")]
    [InlineData("this&not that &#59;", "this&not that &#59;")]
    [InlineData("a<b &amp; c", "a<b &amp; c")]
    [InlineData("a &amp; b\n< &amp; c\nd &amp; e", "a & b\n< &amp; c\nd &amp; e")]
    public void Repair_Characters_AreReplacedOrRemoved(string text, string expected) => Assert.Equal(expected, TextRepair.Repair(text));

    [Fact]
    public void Repair_UnpairedSurrogates_BecomeReplacementCharacters() =>
        Assert.Equal("\ufffdx\ufffd💩", TextRepair.Repair(string.Concat('\ud800', 'x', '\udc00', "💩")));

    [Theory]
    [InlineData("  A \t B\n\nC\u00a0 ", "a b c")]
    [InlineData("&amp;lt;double&amp;gt;", "<double>")]
    [InlineData("a<b &amp; c &notin; &notin &#x80;", "a<b & c ∉ ¬in €")]
    [InlineData("İ ΑΣ ΣΑ", "i\u0307 ας σα")]
    [InlineData("ΑΣ' ΑΣ'Α ΑΣⅧ ΑΣ𐐀 Σ 𐐀Σ", "ας' ασ'α ασⅷ ασ𐐨 σ 𐐨ς")]
    public void Clean_Text_IsUnescapedCollapsedAndLowered(string text, string expected) => Assert.Equal(expected, TextCleaning.Clean(text));

    [Theory]
    [InlineData("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글")]
    [InlineData("a\u0323\u0301", "ạ\u0301")]
    [InlineData("a\u0301\u0323", "ạ\u0301")]
    [InlineData("\u212b", "Å")]
    [InlineData("\u0958", "\u0915\u093c")]
    [InlineData("\ud834\udd5e", "\ud834\udd57\ud834\udd65")]
    public void Compose_Text_IsInFormC(string text, string expected) => Assert.Equal(expected, CanonicalComposition.Compose(text));

    [Fact]
    public void TryDecode_Dialects_AreUnderstoodAndOthersRefused()
    {
        Assert.True(LenientUtf8.TryDecode([0xED, 0xA0, 0xBD, 0xED, 0xB2, 0xA9, 0x41, 0xC0, 0x80, 0xED, 0x95, 0x9C], out string text));
        Assert.Equal("💩A\0한", text);
        Assert.False(LenientUtf8.TryDecode([0xED, 0xA0, 0xBD, 0x41, 0x41, 0x41], out _));
        Assert.False(LenientUtf8.TryDecode([0xC0, 0x41], out _));
        Assert.False(LenientUtf8.TryDecode([0xED, 0x95], out _));
        Assert.False(LenientUtf8.TryDecode([0x80], out _));
    }
}
