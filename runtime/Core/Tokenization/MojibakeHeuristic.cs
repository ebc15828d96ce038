using System.Text.RegularExpressions;

namespace CxrOnnx.Core.Tokenization;

/// <summary>
/// Tells whether text looks like UTF-8 that was read in a single-byte encoding: does it contain neighbouring characters that people hardly
/// ever write and that such a mistake often leaves behind?
/// </summary>
/// <remarks>
/// The categories of characters and the neighbourhoods are those that ftfy 6.1.1 (R. Speer, the text repair of the OpenAI CLIP
/// tokenizer) was tuned to; they have to be the same for token ids to be the same.
/// </remarks>
internal static class MojibakeHeuristic
{
    // Members of regular-expression character classes. "Common" ones occur in sound text too and only count in long patterns.
    private const string Common = "\u00A0\u00AD\u00B7\u00B4–—―…’";
    private const string C1Controls = "\u0080-\u009F";
    private const string Suspicious = "¦¤¨¬¯¸ƒˆˇ˘˛˜†‡‰⌐◊\uFFFDªº";
    private const string Legal = "¶§";
    private const string Currency = "¢£¥₧€";
    private const string Opening = "¡«¿©΄΅‘‚“„•‹\uF8FF";
    private const string Closing = "®»˝”›™";
    private const string Numeric = "²³¹±¼½¾×µ÷⁄∂∆∏∑√∞∩∫≈≠≡≤≥№";
    private const string Faces = "Ò-ÖÙ-Üò-öø-üŐŌŪŲ°";
    private const string UpperAccented = "À-ÑØÜÝĂĀĄĆČĎĐĘĚĒĖĞĢİĪĶĹĽŁĻŃŇŅŒŘŚŞŠŢŤŮŰŸŹŻŽҐ";
    private const string LowerAccented = "ßà-ñăąāćčďđęěēėğģįīķĺľłļœŕśşšťüźżžґﬁﬂ";
    private const string UpperCommon = "ÞΑ-ΩΆΈΉΊΌΎΏΪΫЁ-Я";
    private const string LowerCommon = "α-ωάέήίΰа-џ";
    private const string Boxes = "│┌┐┘├┤┬┼═-╬▀▄█▌▐░▒▓";

    // What can stand in for a letter's second byte in Arabic text.
    private const string ArabicTail = Common + Currency + Suspicious + Numeric + Opening + "ŸŠ®°µ»";

    private static readonly Regex Signs = new(
        string.Join('|', Neighbourhoods()),
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture
    );

    /// <summary>Whether the text contains at least one sign of mojibake.</summary>
    public static bool IsSuspect(string text) => Signs.IsMatch(text);

    private static IEnumerable<string> Neighbourhoods()
    {
        const string anyMark = LowerAccented + UpperAccented + Boxes + Opening + Closing + Currency + Numeric + Legal;
        const string accented = LowerAccented + UpperAccented;

        // By category.
        yield return Class(C1Controls);
        yield return Class(Suspicious + anyMark) + Class(Suspicious);
        yield return "[a-zA-Z]" + Class(LowerCommon + UpperCommon) + Class(Suspicious);
        yield return Class(Suspicious) + Class(anyMark);
        yield return Class(LowerAccented + LowerCommon + Boxes + Closing + Currency + Numeric) + Class(UpperAccented);
        yield return Class(Boxes + Closing + Currency + Numeric) + Class(LowerAccented);
        yield return Class(LowerAccented + Boxes + Closing) + Class(Currency);
        yield return @"[\s\x1C-\x1F]" + Class(UpperAccented) + Class(Currency);
        yield return Class(UpperAccented + Boxes) + Class(Numeric + Legal);
        yield return Class(accented + Boxes + Currency + Closing) + Class(Opening) + Class(Numeric);
        yield return Class(accented + Currency + Numeric + Boxes + Legal) + Class(Closing) + Class(Opening);
        yield return Class(Currency + Numeric + Boxes) + Class(Opening);
        yield return "[a-z]" + Class(UpperAccented) + Class(Opening + Currency);
        yield return Class(Boxes) + Class(Faces);
        yield return Class(accented + Currency + Numeric + Opening + Closing + Legal) + Class(Boxes);
        yield return Class(Boxes) + Class(Closing);
        yield return Class(accented) + Class(Opening + Closing) + @"[\p{L}\p{N}_]";

        // Particular letters of Windows-1252.
        yield return "[Œœ][^A-Za-z]";
        yield return Class(UpperAccented) + "°";
        yield return "[ÂÃÎÐ]" + Class("€œŠš¢£Ÿž\u00A0\u00AD®©°·»" + Opening + Closing + "–—´");
        yield return "×[²³]";
        yield return "([ØÙ]" + Class(ArabicTail) + "){2}";
        yield return "à[²µ¹¼½¾]";
        yield return "Ã[\u00A0¡]";
        yield return @"[a-z][\s\x1C-\x1F]?[ÃÂ] ";
        yield return "^[ÃÂ] ";
        yield return Class("a-z.,?!" + Closing) + "Â" + Class(" " + Opening + Closing);

        // Particular letters of Mac Roman.
        yield return "√[±∂†≠®™´≤≥¥µø]";
        yield return "≈[°¢]";
        yield return "‚Ä[ìîïòôúùû†°¢π]";
        yield return "‚[âó][àä°ê]";

        // Particular letters of Windows-1251, -1253 and -1257.
        yield return "вЂ";
        yield return "[ВГРС]" + Class(C1Controls + Suspicious + Opening + Closing + Currency + "°µ") + "[ВГРС]";
        yield return @"ГўВЂВ([\uD800-\uDBFF][\uDC00-\uDFFF]|[^\n])[A-Za-z ]";
        yield return "β€[™\u00A0Ά\u00AD®°]";
        yield return "[ΒΓΞΟ]" + Class(C1Controls + Suspicious + Opening + Closing + Currency + "°") + "[ΒΓΞΟ]";
        yield return "ā€";
    }

    private static string Class(string members) => $"[{members}]";
}
