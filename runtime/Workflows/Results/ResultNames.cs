using System.Text;

namespace CxrOnnx.Workflows.Results;

/// <summary>
/// File names made of phrases and image names. A phrase comes from a report and may hold anything: only small ASCII letters, digits and
/// single dashes survive, so that no name can leave its folder, hide, or need quoting.
/// </summary>
public sealed class ResultNames
{
    private const int LongestPhrase = 60;

    private readonly string _image;
    private readonly HashSet<string> _taken = [];

    /// <summary>Names for the results of one image.</summary>
    /// <param name="imagePath">Path of the image.</param>
    public ResultNames(string imagePath)
    {
        string name = Clean(Path.GetFileNameWithoutExtension(imagePath), keepCase: true);
        _image = name.Length > 0 ? name : "image";
    }

    /// <summary>The start of all file names of a phrase: <c>image.phrase</c>; numbered when two phrases would share it.</summary>
    public string Stem(string phrase)
    {
        string slug = Slug(phrase);
        string name = slug;
        for (int number = 2; !_taken.Add(name); number++)
        {
            name = FormattableString.Invariant($"{slug}-{number}");
        }

        return $"{_image}.{name}";
    }

    /// <summary>A phrase as a part of a file name.</summary>
    public static string Slug(string phrase)
    {
        string slug = Clean(phrase, keepCase: false);
        if (slug.Length > LongestPhrase)
        {
            slug = slug[..LongestPhrase].TrimEnd('-');
        }

        return slug.Length > 0 ? slug : "phrase";
    }

    private static string Clean(string text, bool keepCase)
    {
        StringBuilder clean = new();
        foreach (char letter in text)
        {
            if (char.IsAsciiLetterOrDigit(letter) || (keepCase && letter is '_' or '.' && clean.Length > 0))
            {
                clean.Append(keepCase ? letter : char.ToLowerInvariant(letter));
            }
            else if (clean.Length > 0 && clean[^1] != '-')
            {
                clean.Append('-');
            }
        }

        return clean.ToString().TrimEnd('-', '.');
    }
}
