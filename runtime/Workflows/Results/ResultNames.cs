using System.Globalization;
using System.Text;

namespace CxrOnnx.Workflows.Results;

/// <summary>
/// File names made of phrases and image names. A phrase comes from a report and may hold anything: only letters and digits of any script,
/// their marks and single dashes survive, so that no name can leave its folder, hide, or need quoting. A name's length is limited in bytes
/// of UTF-8, as file systems do.
/// </summary>
public sealed class ResultNames
{
    // Together with endings, numbers, a sub-token and the temporary name of a write they stay below the 255 bytes of a file name.
    private const int LongestImage = 80;
    private const int LongestPhrase = 60;
    private const int LongestPhraseBytes = 90;
    private const int LongestToken = 24;

    private readonly string _image;
    private readonly HashSet<string> _taken = [];

    /// <summary>Names for the results of one image.</summary>
    /// <param name="imagePath">Path of the image.</param>
    public ResultNames(string imagePath)
    {
        string name = Cut(Clean(Path.GetFileNameWithoutExtension(imagePath), keepCase: true), LongestImage, LongestImage);
        _image = name.Length > 0 ? name : "image";
    }

    /// <summary>What every file name of the image begins with: <c>image.</c>.</summary>
    public string Prefix => $"{_image}.";

    /// <summary>The start of all file names of a phrase: <c>image.phrase</c>; numbered when two phrases would share it.</summary>
    public string Stem(string phrase)
    {
        string slug = Slug(phrase);
        string name = slug;
        for (int number = 2; !_taken.Add(name); number++)
        {
            name = FormattableString.Invariant($"{slug}-{number}");
        }

        return Prefix + name;
    }

    /// <summary>A phrase as a part of a file name.</summary>
    public static string Slug(string phrase) => Slug(phrase, LongestPhrase, LongestPhraseBytes, "phrase");

    /// <summary>A sub-token as a part of a file name.</summary>
    public static string TokenSlug(string token) => Slug(token, LongestToken, LongestToken, "token");

    private static string Slug(string text, int characters, int bytes, string whereEmpty)
    {
        string slug = Cut(Clean(text, keepCase: false), characters, bytes);
        return slug.Length > 0 ? slug : whereEmpty;
    }

    private static string Clean(string text, bool keepCase)
    {
        StringBuilder clean = new();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || (clean.Length > 0 && clean[^1] != '-' && IsMark(rune)))
            {
                clean.Append((keepCase ? rune : Rune.ToLowerInvariant(rune)).ToString());
            }
            else if (keepCase && rune.Value is '_' or '.' && clean.Length > 0)
            {
                clean.Append(rune.ToString());
            }
            else if (clean.Length > 0 && clean[^1] != '-')
            {
                clean.Append('-');
            }
        }

        return clean.ToString().TrimEnd('-', '.');
    }

    /// <summary>The vowel signs of Devanagari, the accents of decomposed Latin: without them a word is another one.</summary>
    private static bool IsMark(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    private static string Cut(string name, int characters, int bytes)
    {
        int length = 0;
        int size = 0;
        foreach (Rune rune in name.EnumerateRunes())
        {
            if (length + rune.Utf16SequenceLength > characters || size + rune.Utf8SequenceLength > bytes)
            {
                return name[..length].TrimEnd('-', '.');
            }

            length += rune.Utf16SequenceLength;
            size += rune.Utf8SequenceLength;
        }

        return name;
    }
}
