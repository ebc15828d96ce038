using System.Text.RegularExpressions;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Architecture.Tests;

/// <summary>A folder is a namespace, and the folders of a project use each other in one direction only (docs/architecture.md).</summary>
[Trait("Category", "quick")]
public sealed partial class FolderGraphTests
{
    public static TheoryData<string> Projects => [.. ProjectFile.All.Select(project => project.Assembly)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Namespaces_OfAnAssembly_HaveNoCircle(string assembly)
    {
        ProjectFile project = Named(assembly);
        Assert.True(File.Exists(project.Output), $"{project.Output} is not built: dotnet build CxrOnnx.sln");
        IReadOnlyCollection<(string From, string To)> uses = TypeGraph.Of(project.Output);
        TestContext.Current.TestOutputHelper?.WriteLine($"{uses.Count} uses of one type by another");
        string[] circles = [.. Circles(uses, project.RootNamespace)];

        Assert.True(circles.Length == 0, $"{assembly}: {circles.Length} circles\n{string.Join('\n', circles)}");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Namespace_OfEveryFile_IsItsFolder(string assembly)
    {
        ProjectFile project = Named(assembly);
        List<string> wrong = [];
        foreach (string file in project.Sources)
        {
            string text = File.ReadAllText(file);
            string folder = Path.GetRelativePath(project.Folder, Path.GetDirectoryName(file)!);
            string expected =
                folder == "." ? project.RootNamespace : $"{project.RootNamespace}.{folder.Replace(Path.DirectorySeparatorChar, '.')}";
            string[] found = [.. NamespaceLine().Matches(text).Select(match => match.Groups[1].Value).Distinct()];

            // Top-level statements and assembly attributes stand in no namespace.
            bool fits = found.Length == 0 ? !TypeLine().IsMatch(text) : found.All(name => name == expected);
            if (!fits)
            {
                wrong.Add($"{Path.GetRelativePath(Fixtures.Repository, file)}: {string.Join(", ", found)} instead of {expected}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void Executable_IsReferencedByNoOtherProject()
    {
        ProjectFile[] executables = [.. ProjectFile.All.Where(project => project.IsExecutable)];

        Assert.Equal(["cxr", "cxr-lab"], executables.Select(project => project.Assembly).Order(StringComparer.Ordinal));
        Assert.All(
            executables,
            executable =>
                Assert.DoesNotContain(
                    ProjectFile.All.Where(project => project.References.Contains(executable.Path)),
                    project => project.Assembly != executable.Assembly
                )
        );
    }

    [Fact]
    public void Runtime_ReachesNoTrainingAndNoExport()
    {
        string runtime = Path.Combine(Fixtures.Repository, "runtime") + Path.DirectorySeparatorChar;
        ProjectFile[] projects = [.. ProjectFile.All.Where(project => project.Path.StartsWith(runtime, StringComparison.Ordinal))];

        Assert.NotEmpty(projects);
        Assert.All(
            projects,
            project =>
            {
                ProjectFile[] reached = [.. project.Closure()];
                Assert.All(reached, other => Assert.StartsWith(runtime, other.Path, StringComparison.Ordinal));
                Assert.DoesNotContain(
                    reached.SelectMany(other => other.Packages),
                    package => package.StartsWith("TorchSharp", StringComparison.OrdinalIgnoreCase)
                );
            }
        );
    }

    [Theory]
    [InlineData("CxrOnnx.Grounding")]
    [InlineData("CxrOnnx.Imaging")]
    [InlineData("CxrOnnx.Workflows")]
    [InlineData("CxrOnnx.Server")]
    public void Grounding_ReachesNoEvaluation(string assembly) =>
        Assert.DoesNotContain("CxrOnnx.Evaluation", Named(assembly).Closure().Select(project => project.Assembly));

    [Fact]
    public void Closure_OfTheLab_ReachesWhatItsFilesSay() =>
        // A closure that finds nothing would let everything above pass.
        Assert.Superset(
            new HashSet<string>(["CxrOnnx.Checkpoints", "CxrOnnx.Core", "CxrOnnx.Evaluation", "CxrOnnx.Phantom", "CxrOnnx.Trainer"]),
            Named("cxr-lab").Closure().Select(project => project.Assembly).ToHashSet()
        );

    [Fact]
    public void Reader_OfThisAssembly_FindsEveryKindOfUse()
    {
        HashSet<string> used =
        [
            .. TypeGraph
                .Of(typeof(FolderGraphTests).Assembly.Location)
                .Where(edge => edge.From == typeof(Uses.Sample).FullName)
                .Select(edge => edge.To[(edge.To.LastIndexOf('.') + 1)..]),
        ];

        Assert.Equal(
            ["ByBase", "ByBody", "ByConstraint", "ByField", "ByInterface", "ByLambda", "ByLocal", "ByReturn", "BySignature", "ByTypeOf"],
            used.Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void Circles_OfMadeUpEdges_AreFoundOnce()
    {
        (string, string)[] edges =
        [
            ("R.A.X", "R.B.Y"),
            ("R.B.Y", "R.C.Z"),
            ("R.C.Z", "R.A.X"),
            ("R.C.Z", "R.D.W"),
            ("R.Top", "R.A.X"),
            ("R.D.W", "Other.V"),
        ];

        string circle = Assert.Single(Circles(edges, "R"));
        Assert.Contains("R.A.X -> R.B.Y", circle, StringComparison.Ordinal);
        Assert.Contains("R.C.Z -> R.A.X", circle, StringComparison.Ordinal);
        Assert.DoesNotContain("R.D", circle, StringComparison.Ordinal);
        Assert.Empty(Circles(edges.Where(edge => edge != ("R.C.Z", "R.A.X")), "R"));
    }

    // Every strongly connected set of namespaces, each with one use per pair of namespaces in it.
    private static IEnumerable<string> Circles(IEnumerable<(string From, string To)> edges, string root)
    {
        static string NamespaceOf(string type) => type.Contains('.', StringComparison.Ordinal) ? type[..type.LastIndexOf('.')] : "";
        bool Counts(string type) => NamespaceOf(type) == root || type.StartsWith(root + ".", StringComparison.Ordinal);
        var between = edges
            .Where(edge => Counts(edge.From) && Counts(edge.To) && NamespaceOf(edge.From) != NamespaceOf(edge.To))
            .GroupBy(edge => (From: NamespaceOf(edge.From), To: NamespaceOf(edge.To)))
            .ToDictionary(group => group.Key, group => group.Order().First());
        HashSet<(string From, string To)> reach = [.. between.Keys];
        string[] names = [.. reach.SelectMany(pair => new[] { pair.From, pair.To }).Distinct().Order(StringComparer.Ordinal)];
        foreach (string over in names)
        {
            foreach (string from in names.Where(name => reach.Contains((name, over))))
            {
                foreach (string to in names.Where(name => reach.Contains((over, name))))
                {
                    reach.Add((from, to));
                }
            }
        }

        foreach (string name in names)
        {
            string[] circle = [.. names.Where(other => reach.Contains((name, other)) && reach.Contains((other, name)))];
            if (circle.Length > 1 && circle[0] == name)
            {
                yield return string.Join(
                    '\n',
                    between
                        .Where(pair => circle.Contains(pair.Key.From) && circle.Contains(pair.Key.To))
                        .OrderBy(pair => pair.Key)
                        .Select(pair => $"  {pair.Key.From} -> {pair.Key.To}: {pair.Value.From} -> {pair.Value.To}")
                        .Prepend($"circle of {string.Join(", ", circle)}:")
                );
            }
        }
    }

    private static ProjectFile Named(string assembly) => ProjectFile.All.Single(project => project.Assembly == assembly);

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(
        @"^(public|internal|file)? ?(static |sealed |abstract |partial |readonly )*(class|record|struct|interface|enum) ",
        RegexOptions.Multiline
    )]
    private static partial Regex TypeLine();
}
