using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Architecture.Tests;

/// <summary>Who may reference whom (docs/architecture.md), read from what the build really produced.</summary>
[Trait("Category", "quick")]
public sealed class ReferenceTests
{
    private static readonly string Configuration = Path.GetFileName(
        Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar))
    )!;

    [Theory]
    [InlineData("runtime/Cli/bin", "cxr")]
    public void Runtime_DependencyClosure_HasNoTraining(string outputFolder, string assembly)
    {
        string path = Path.Combine(Fixtures.Repository, outputFolder, Configuration, "net10.0", $"{assembly}.deps.json");
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
        string[] libraries = document.RootElement.GetProperty("libraries").EnumerateObject().Select(library => library.Name).ToArray();

        Assert.Contains(libraries, library => library.StartsWith("CxrOnnx.Core/", StringComparison.Ordinal));
        Assert.DoesNotContain(
            libraries,
            library =>
                library.Contains("torch", StringComparison.OrdinalIgnoreCase)
                || library.StartsWith("CxrOnnx.Trainer/", StringComparison.Ordinal)
                || library.StartsWith("CxrOnnx.Phantom/", StringComparison.Ordinal)
                || library.StartsWith("CxrOnnx.Exporter/", StringComparison.Ordinal)
                || library.StartsWith("CxrOnnx.Checkpoints/", StringComparison.Ordinal)
                || library.StartsWith("SkiaSharp", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("runtime/Core/CxrOnnx.Core.csproj", new[] { "Microsoft.ML.Tokenizers", "YamlDotNet" }, new string[0])]
    [InlineData(
        "runtime/Grounding/CxrOnnx.Grounding.csproj",
        new[] { "Microsoft.ML.OnnxRuntime.Managed", "System.Numerics.Tensors" },
        new[] { "CxrOnnx.Core" }
    )]
    [InlineData("runtime/Imaging/CxrOnnx.Imaging.csproj", new[] { "NetVips" }, new[] { "CxrOnnx.Core" })]
    [InlineData(
        "runtime/Workflows/CxrOnnx.Workflows.csproj",
        new string[0],
        new[] { "CxrOnnx.Core", "CxrOnnx.Grounding", "CxrOnnx.Imaging" }
    )]
    [InlineData(
        "runtime/Evaluation/CxrOnnx.Evaluation.csproj",
        new string[0],
        new[] { "CxrOnnx.Core", "CxrOnnx.Grounding", "CxrOnnx.Imaging", "CxrOnnx.Workflows" }
    )]
    [InlineData(
        "runtime/CommandLine/CxrOnnx.CommandLine.csproj",
        new[] { "Spectre.Console", "System.CommandLine" },
        new[] { "CxrOnnx.Core", "CxrOnnx.Workflows" }
    )]
    [InlineData(
        "runtime/Commands/CxrOnnx.Commands.csproj",
        new string[0],
        new[] { "CxrOnnx.CommandLine", "CxrOnnx.Core", "CxrOnnx.Evaluation", "CxrOnnx.Grounding", "CxrOnnx.Imaging", "CxrOnnx.Workflows" }
    )]
    [InlineData(
        "runtime/Server/CxrOnnx.Server.csproj",
        new[] { "Microsoft.AspNetCore.OpenApi" },
        new[] { "CxrOnnx.Core", "CxrOnnx.Grounding", "CxrOnnx.Imaging", "CxrOnnx.Workflows" }
    )]
    [InlineData("exporter/Checkpoints/CxrOnnx.Checkpoints.csproj", new string[0], new[] { "CxrOnnx.Core" })]
    [InlineData(
        "exporter/CxrOnnx.Exporter.csproj",
        new[] { "Google.Protobuf", "Grpc.Tools" },
        new[] { "CxrOnnx.Checkpoints", "CxrOnnx.Core" }
    )]
    [InlineData("trainer/Phantom/CxrOnnx.Phantom.csproj", new string[0], new[] { "CxrOnnx.Core" })]
    [InlineData(
        "trainer/CxrOnnx.Trainer.csproj",
        new[] { "ScottPlot", "TorchSharp" },
        new[] { "CxrOnnx.Checkpoints", "CxrOnnx.Core", "CxrOnnx.Phantom" }
    )]
    public void Library_References_AreExactlyTheAllowedOnes(string project, string[] packages, string[] projects)
    {
        XDocument document = XDocument.Load(Path.Combine(Fixtures.Repository, project));
        string[] Names(string element) =>
            document
                .Descendants(element)
                .Select(reference => reference.Attribute("Include")!.Value)
                .Order(StringComparer.Ordinal)
                .ToArray();

        Assert.Equal(packages, Names("PackageReference"));
        Assert.Equal(
            projects,
            Names("ProjectReference")
                .Select(reference => Path.GetFileNameWithoutExtension(reference.Replace('\\', '/')))
                .Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void PackageList_NamesEveryPackageOfTheOutput()
    {
        string list = File.ReadAllText(Path.Combine(Fixtures.Repository, "docs", "deploy", "packages.md"));
        using JsonDocument document = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(Fixtures.Repository, "runtime/Cli/bin", Configuration, "net10.0", "cxr.deps.json"))
        );
        string[] packages =
        [
            .. document
                .RootElement.GetProperty("libraries")
                .EnumerateObject()
                .Where(library =>
                    library.Value.GetProperty("type").GetString() == "package"
                    && !library.Name.StartsWith("NetVips.Native.", StringComparison.Ordinal)
                )
                .Select(library => library.Name),
        ];

        Assert.NotEmpty(packages);
        Assert.All(
            packages,
            package =>
            {
                string[] parts = package.Split('/');
                Assert.Matches($@"\| {Regex.Escape(parts[0])}( \(one per platform\))? \| {Regex.Escape(parts[1])} \|", list);
            }
        );
    }

    [Fact]
    public void OnlyTheServer_ReferencesAspNetCore()
    {
        string[] folders = ["runtime", "trainer", "exporter", "pipelines"];
        string[] projects =
        [
            .. folders
                .SelectMany(folder =>
                    Directory.EnumerateFiles(Path.Combine(Fixtures.Repository, folder), "*.csproj", SearchOption.AllDirectories)
                )
                .Where(project =>
                    XDocument
                        .Load(project)
                        .Descendants("FrameworkReference")
                        .Any(reference =>
                            reference.Attribute("Include")!.Value.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)
                        )
                )
                .Select(project => Path.GetFileNameWithoutExtension(project)),
        ];

        Assert.Equal(["CxrOnnx.Server"], projects);
    }

    [Fact]
    public void Solution_HoldsEveryProject()
    {
        string solution = File.ReadAllText(Path.Combine(Fixtures.Repository, "CxrOnnx.sln")).Replace('\\', '/');
        string[] folders = ["runtime", "trainer", "exporter", "pipelines", "tests"];
        string[] projects = folders
            .SelectMany(folder =>
                Directory.EnumerateFiles(Path.Combine(Fixtures.Repository, folder), "*.csproj", SearchOption.AllDirectories)
            )
            .ToArray();

        Assert.NotEmpty(projects);
        Assert.All(
            projects,
            project =>
                Assert.Contains(Path.GetRelativePath(Fixtures.Repository, project).Replace('\\', '/'), solution, StringComparison.Ordinal)
        );
    }
}
