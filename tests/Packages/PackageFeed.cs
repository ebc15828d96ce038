using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Packages.Tests;

/// <summary>The packages, made once from what was built, in a folder that is a NuGet feed, with a NuGet configuration of its own.</summary>
public sealed class PackageFeed : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>The folder with the packages.</summary>
    public string Folder => _folder.File("feed");

    /// <summary>The version of all of them.</summary>
    public string Version { get; private set; } = "";

    private string Packages => _folder.File("packages");

    /// <summary>An empty folder below the NuGet configuration, outside the repository.</summary>
    public string NewFolder(string name) => Directory.CreateDirectory(_folder.File(name)).FullName;

    /// <summary>
    /// Runs a program with a package folder of its own; skips the test where it says that the other packages' feed is away.
    /// </summary>
    public async Task<string> RunAsync(string program, string folder, params string[] arguments)
    {
        (int code, string output, string error) = await DotnetCommand.RunAsync(
            program,
            folder,
            Packages,
            arguments,
            TestContext.Current.CancellationToken
        );
        Assert.SkipWhen(
            code != 0 && (output + error).Contains("NU1301", StringComparison.Ordinal),
            "the feed of the other packages cannot be reached"
        );
        Assert.True(code == 0, $"{Path.GetFileName(program)} {string.Join(' ', arguments)}: exit {code}\n{output}\n{error}");
        return output;
    }

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        // What the machine has of other packages is read where it lies; ours can only come from the feed, into a folder of their own.
        string machine =
            Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        _folder.Write(
            "nuget.config",
            $"""
            <configuration>
              <packageSources><add key="made-here" value="{Folder}" /></packageSources>
              <fallbackPackageFolders><add key="machine" value="{Directory.CreateDirectory(machine).FullName}" /></fallbackPackageFolders>
            </configuration>
            """
        );
        string configuration = Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)))!;
        (int code, string output, string error) = await DotnetCommand.RunAsync(
            DotnetCommand.Path,
            Fixtures.Repository,
            machine,
            [
                "msbuild",
                Path.Combine("eng", "packages.proj"),
                $"-p:Configuration={configuration}",
                $"-p:PackageOutputPath={Folder}/",
                $"-p:PublishDir={_folder.File("publish")}/",
                "-nologo",
                "-v:quiet",
            ],
            TestContext.Current.CancellationToken
        );
        Assert.True(code == 0, $"packing failed: {output}\n{error}");
        string tool = Assert.Single(Directory.GetFiles(Folder, "cxr.*.nupkg"));
        Version = Path.GetFileNameWithoutExtension(tool)["cxr.".Length..];
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
