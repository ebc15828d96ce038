using System.IO.Compression;
using System.Text.Json;
using System.Xml.Linq;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Packages.Tests;

/// <summary>The packages as a user gets them: installed and restored outside the repository.</summary>
[Trait("Category", "slow")]
public sealed class PackageTests : IClassFixture<PackageFeed>
{
    private static readonly string Image = Path.Combine(Fixtures.Repository, "models", "samples", "left-lower-pneumonia.png");

    private readonly PackageFeed _feed;

    public PackageTests(PackageFeed feed) => _feed = feed;

    [Fact]
    public async Task Tool_InstalledFromTheFeed_GroundsWithTheBundleInside()
    {
        string tools = _feed.NewFolder("tools");
        await _feed.RunAsync(
            DotnetCommand.Path,
            tools,
            ["tool", "install", "cxr", "--version", _feed.Version, "--tool-path", tools, "--source", _feed.Folder]
        );
        string program = Path.Combine(tools, OperatingSystem.IsWindows() ? "cxr.exe" : "cxr");
        string folder = _feed.NewFolder("empty");

        string output = await _feed.RunAsync(program, folder, "ground", Image, "left lower pneumonia", "--preset", "fast", "--json");

        using JsonDocument result = JsonDocument.Parse(output);
        JsonElement phrase = Assert.Single(result.RootElement.GetProperty("phrases").EnumerateArray());
        Assert.NotEmpty(phrase.GetProperty("boxes").EnumerateArray());
    }

    [Fact]
    public async Task Sample_AfterOnePackageReference_GroundsAnImage()
    {
        string folder = _feed.NewFolder("sample");
        File.Copy(Path.Combine(Fixtures.Repository, "docs", "samples", "GroundOneImage", "Program.cs"), Path.Combine(folder, "Program.cs"));
        await File.WriteAllTextAsync(
            Path.Combine(folder, "Sample.csproj"),
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
              </PropertyGroup>
              <ItemGroup><PackageReference Include="CxrOnnx" Version="{_feed.Version}" /></ItemGroup>
            </Project>
            """,
            TestContext.Current.CancellationToken
        );
        await _feed.RunAsync(DotnetCommand.Path, folder, "build", "-v:quiet", "-nologo", "-o", "out", "-p:UseSharedCompilation=false");

        string output = await _feed.RunAsync(
            DotnetCommand.Path,
            _feed.NewFolder("elsewhere"),
            Path.Combine(folder, "out", "Sample.dll"),
            Image,
            "left lower pneumonia"
        );

        Assert.Matches(@"^left lower pneumonia: PixelBox \{.*Width = [1-9]", output);
    }

    [Fact]
    public void EveryPackage_SaysWhatItIs()
    {
        string[] packages = Directory.GetFiles(_feed.Folder, "*.nupkg");
        Assert.Equal(6, packages.Length);
        Assert.All(
            packages,
            path =>
            {
                using ZipArchive package = ZipFile.OpenRead(path);
                using Stream stream = package
                    .Entries.Single(entry => !entry.FullName.Contains('/') && entry.Name.EndsWith(".nuspec", StringComparison.Ordinal))
                    .Open();
                XElement metadata = XDocument.Load(stream).Root!.Elements().Single(element => element.Name.LocalName == "metadata");
                string Value(string name) => metadata.Elements().Single(element => element.Name.LocalName == name).Value;

                Assert.Equal("Apache-2.0", Value("license"));
                Assert.Equal("README.md", Value("readme"));
                Assert.NotNull(package.GetEntry("README.md"));
                Assert.True(Value("description").Length > 20);
                Assert.Contains("radiology", Value("tags"), StringComparison.Ordinal);
            }
        );
    }

    [Fact]
    public void Libraries_BringNoNativePackage_AndTheWholeDoes()
    {
        Assert.DoesNotContain("Microsoft.ML.OnnxRuntime", Dependencies("CxrOnnx.Workflows"));
        Assert.DoesNotContain(Dependencies("CxrOnnx.Workflows"), name => name.StartsWith("NetVips.Native", StringComparison.Ordinal));
        Assert.Contains("Microsoft.ML.OnnxRuntime", Dependencies("CxrOnnx"));
        Assert.Contains("NetVips.Native.linux-x64", Dependencies("CxrOnnx"));
        Assert.Contains("CxrOnnx.Workflows", Dependencies("CxrOnnx"));
    }

    private string[] Dependencies(string id)
    {
        using ZipArchive package = ZipFile.OpenRead(Path.Combine(_feed.Folder, $"{id}.{_feed.Version}.nupkg"));
        using Stream stream = package.GetEntry($"{id}.nuspec")!.Open();
        return
        [
            .. XDocument
                .Load(stream)
                .Descendants()
                .Where(element => element.Name.LocalName == "dependency")
                .Select(element => element.Attribute("id")!.Value),
        ];
    }
}
