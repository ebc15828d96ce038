using System.Text.RegularExpressions;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Architecture.Tests;

/// <summary>Every test class says what it costs, once, above the class (tests/README.md).</summary>
[Trait("Category", "quick")]
public sealed partial class CategoryTests
{
    private static readonly string[] Known = ["quick", "browser", "process", "gpu", "slow"];

    // What starts a process, opens a port or drives a browser.
    private static readonly string[] NotQuick = ["ProcessStartInfo", "Process.Start(", "ChildProcess.", "ChromiumPage.", "TestService."];

    [Fact]
    public void TestClass_Category_IsExactlyOne()
    {
        List<string> wrong = [];
        int count = 0;
        foreach ((string file, string text) in Sources())
        {
            foreach ((string name, string[] categories, string body) in Classes(text))
            {
                count++;
                if (categories.Length != 1 || !Known.Contains(categories[0]))
                {
                    wrong.Add($"{file}: {name} has [{string.Join(", ", categories)}], wanted is one of {string.Join(", ", Known)}");
                }
                else if (
                    categories[0] == "quick"
                    && NotQuick.FirstOrDefault(word => body.Contains(word, StringComparison.Ordinal)) is { } word
                )
                {
                    wrong.Add($"{file}: {name} is quick and uses {word}");
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.InRange(count, 100, int.MaxValue);
    }

    [Fact]
    public void Category_StandsAboveAClass() =>
        // At a method it would add a second one to that of the class.
        Assert.DoesNotContain(Sources(), source => IndentedCategory().IsMatch(source.Text));

    [Fact]
    public void Reader_OfMadeUpSource_SeesWhatIsThere()
    {
        const string Text = """
            [Trait("Category", "slow")]
            [Trait("Category", "quick")]
            public sealed class Two
            {
                [Fact]
                public void A() => Process.Start("x");
            }

            internal sealed class Helper;

            public class None
            {
                [Theory]
                public void B(int value) { }
            }
            """;

        Assert.Equal(["Two: slow quick", "None: "], Classes(Text).Select(entry => $"{entry.Name}: {string.Join(' ', entry.Categories)}"));
        Assert.Contains("Process.Start(", Classes(Text).First().Body, StringComparison.Ordinal);
    }

    private static IEnumerable<(string File, string Text)> Sources()
    {
        string tests = Path.Combine(Fixtures.Repository, "tests");
        return Directory
            .EnumerateFiles(tests, "*.cs", SearchOption.AllDirectories)
            .Select(file => (File: Path.GetRelativePath(tests, file), Text: file))
            .Where(entry => entry.File.Split(Path.DirectorySeparatorChar)[1] is not ("bin" or "obj"))
            .Where(entry => Path.GetFileName(entry.File) != $"{nameof(CategoryTests)}.cs")
            .Select(entry => (entry.File, File.ReadAllText(entry.Text)));
    }

    // Top-level types that hold a test, each with its attributes and all up to the next top-level type.
    private static IEnumerable<(string Name, string[] Categories, string Body)> Classes(string text)
    {
        Match[] types = [.. TypeLine().Matches(text).Cast<Match>()];
        for (int i = 0; i < types.Length; i++)
        {
            int end = i + 1 < types.Length ? types[i + 1].Index : text.Length;
            string body = text[types[i].Index..end];
            if (TestAttribute().IsMatch(body))
            {
                yield return (
                    types[i].Groups["name"].Value,
                    [.. Category().Matches(types[i].Groups["attributes"].Value).Select(match => match.Groups[1].Value)],
                    body
                );
            }
        }
    }

    [GeneratedRegex(
        @"^(?<attributes>(\[[^\n]*\]\n)*)(public|internal|file) [^\n=(;]*\b(class|record|struct|interface|enum) (?<name>\w+)",
        RegexOptions.Multiline
    )]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"\[(Fact|Theory)\b")]
    private static partial Regex TestAttribute();

    [GeneratedRegex(@"\[Trait\(""Category"", ""(\w*)""\)\]")]
    private static partial Regex Category();

    [GeneratedRegex(@"^[ \t]+\[Trait\(""Category""", RegexOptions.Multiline)]
    private static partial Regex IndentedCategory();
}
