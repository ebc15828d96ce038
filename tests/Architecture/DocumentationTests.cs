using System.Text.RegularExpressions;
using Xunit;

namespace CxrOnnx.Tests.Architecture;

/// <summary>What the documentation points at is there: files, headings and types.</summary>
[Trait("Category", "quick")]
public sealed partial class DocumentationTests
{
    private static readonly string[] SourceFolders = ["runtime", "trainer", "exporter", "pipelines"];
    private static readonly string[] TopFolders = [.. SourceFolders, "models", "tests", "docs", ".ci", ".github"];

    /// <summary>Every page, by its path in the repository.</summary>
    public static TheoryData<string> Pages =>
        [
            .. Directory
                .EnumerateFiles(Fixtures.Repository, "*.md")
                .Concat(Files("docs", "*.md"))
                .Concat(Files("models", "*.md"))
                .Select(page => Path.GetRelativePath(Fixtures.Repository, page).Replace('\\', '/'))
                .Order(StringComparer.Ordinal),
        ];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_RelativeLinks_LeadToFilesAndHeadings(string page)
    {
        string path = Path.Combine(Fixtures.Repository, page);
        List<string> broken = [];
        foreach (Match match in Link().Matches(WithoutCode(File.ReadAllText(path))))
        {
            string target = match.Groups[1].Value;
            if (target.Contains("://", StringComparison.Ordinal) || target.StartsWith("mailto:", StringComparison.Ordinal))
            {
                continue;
            }

            string[] parts = target.Split('#', 2);
            string file = parts[0].Length == 0 ? path : Path.Combine(Path.GetDirectoryName(path)!, parts[0]);
            bool found = File.Exists(file)
                ? parts.Length == 1 || Anchors(file).Contains(parts[1])
                : Directory.Exists(file) && parts.Length == 1;
            if (!found)
            {
                broken.Add(target);
            }
        }

        Assert.Empty(broken);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_PathsInBackticks_Exist(string page)
    {
        string text = WithoutBlocks(File.ReadAllText(Path.Combine(Fixtures.Repository, page)));
        string[] missing =
        [
            .. Quoted()
                .Matches(text)
                .Select(match => match.Groups[1].Value)
                .Where(IsPath)
                .Where(name => !Path.Exists(Path.Combine(Fixtures.Repository, name)))
                .Distinct(),
        ];

        Assert.Empty(missing);
    }

    [Theory]
    [InlineData("docs/architecture.md")]
    [InlineData("docs/papers.md")]
    public void Page_TypesInBackticks_ExistInTheSources(string page)
    {
        HashSet<string> types =
        [
            .. SourceFolders
                .SelectMany(folder => Files(folder, "*.cs"))
                .SelectMany(source => Declaration().Matches(File.ReadAllText(source)))
                .Select(match => match.Groups[1].Value),
        ];
        string[] named =
        [
            .. Quoted()
                .Matches(WithoutBlocks(File.ReadAllText(Path.Combine(Fixtures.Repository, page))))
                .Select(match => match.Groups[1].Value)
                .Where(name => TypeName().IsMatch(name))
                .Distinct(),
        ];

        Assert.NotEmpty(types);
        Assert.NotEmpty(named);
        Assert.Empty(named.Except(types));
    }

    [Theory]
    [InlineData("ground models/samples/left-lower-pneumonia.png \"left lower pneumonia\"")]
    [InlineData("dotnet test\n")]
    public void Readme_HasTheTwoCommands(string command) =>
        Assert.Contains(command, File.ReadAllText(Path.Combine(Fixtures.Repository, "README.md")), StringComparison.Ordinal);

    private static IEnumerable<string> Files(string folder, string pattern) =>
        Directory
            .EnumerateFiles(Path.Combine(Fixtures.Repository, folder), pattern, SearchOption.AllDirectories)
            .Where(file => !file.Replace('\\', '/').Split('/').Any(part => part is "bin" or "obj"));

    /// <summary>A path in the repository: no blanks, no placeholders, and it begins with one of its folders.</summary>
    private static bool IsPath(string name) =>
        PathName().IsMatch(name) && name.Split('/') is [var first, _, ..] && TopFolders.Contains(first);

    /// <summary>
    /// The anchors that a page's headings get: lower case, blanks as dashes, other punctuation gone; repeated ones are numbered.
    /// </summary>
    private static HashSet<string> Anchors(string path)
    {
        HashSet<string> anchors = [];
        foreach (Match match in Heading().Matches(WithoutBlocks(File.ReadAllText(path))))
        {
            string anchor = string.Concat(
                match
                    .Groups[1]
                    .Value.Trim()
                    .ToLowerInvariant()
                    .Where(letter => char.IsLetterOrDigit(letter) || letter is ' ' or '-' or '_')
                    .Select(letter => letter == ' ' ? '-' : letter)
            );
            string name = anchor;
            for (int number = 1; !anchors.Add(name); number++)
            {
                name = FormattableString.Invariant($"{anchor}-{number}");
            }
        }

        return anchors;
    }

    private static string WithoutBlocks(string text) => Block().Replace(text.ReplaceLineEndings("\n"), "");

    private static string WithoutCode(string text) => Quoted().Replace(WithoutBlocks(text), "x");

    [GeneratedRegex("^```.*?^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#{1,6} (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^[\w.\-/]+$")]
    private static partial Regex PathName();

    // Two humps at least, or one hump and small letters that are no acronym: Bundle, GroundingModel; not UNET, exact or L_div.
    [GeneratedRegex("^[A-Z][a-z][A-Za-z0-9]*$|^[A-Z]{2}[a-z][A-Za-z0-9]*$")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"\b(?:class|struct|record|enum|interface)\s+(?!class\b|struct\b)([A-Z]\w*)")]
    private static partial Regex Declaration();
}
