using System.Diagnostics;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Cli;

/// <summary>The built program as a process of its own.</summary>
[Trait("Category", "process")]
public sealed class ProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Starts cxr with an empty home and nothing in the environment that a CI would set.</summary>
    private (int Code, string Output, string Error) Start(string home, params string[] arguments) =>
        Start(home, Environment.GetEnvironmentVariable("PATH"), arguments);

    private (int Code, string Output, string Error) Start(string home, string? path, string[] arguments)
    {
        string host =
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH")
            ?? Path.Combine(
                Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
                OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"
            );
        ProcessStartInfo start = new(host, [Path.Combine(AppContext.BaseDirectory, "cxr.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.Path,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = path;
        start.Environment["HOME"] = home;
        foreach (
            (string variable, string name) in (ReadOnlySpan<(string, string)>)
                [
                    ("XDG_CACHE_HOME", ".cache"),
                    ("XDG_CONFIG_HOME", ".config"),
                    ("XDG_DATA_HOME", ".local"),
                    ("XDG_STATE_HOME", ".state"),
                    ("XDG_RUNTIME_DIR", ".run"),
                ]
        )
        {
            start.Environment[variable] = Path.Combine(home, name);
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    [Fact]
    public void Doctor_EmptyHomeAndNoCi_LeavesNoFileBehind()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the home folder is not taken from the environment there");
        string home = Directory.CreateDirectory(_folder.File("home")).FullName;

        (int code, string output, _) = Start(home, "doctor", "--bundle", TinyBundle.Folder);

        Assert.Equal(0, code);
        Assert.Contains("4 graphs load", output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(home));
    }

    [Fact]
    public void Ground_EmptyHomeAndNoCi_LeavesOnlyItsResults()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the home folder is not taken from the environment there");
        string home = Directory.CreateDirectory(_folder.File("home")).FullName;
        string image = TestImages.Radiograph(_folder.Path);

        (int code, string output, string error) = Start(home, "ground", image, "left lower pneumonia", "--bundle", TinyBundle.Folder);

        Assert.Equal(0, code);
        Assert.DoesNotContain("error", error, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output);
        Assert.Empty(Directory.GetFileSystemEntries(home));
        Assert.Equal(
            ["chest.png", "home", "out"],
            Directory.GetFileSystemEntries(_folder.Path).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void Ground_WrongInput_ExitsWithCode2AndOneLine()
    {
        (int code, string output, string error) = Start(_folder.Path, "ground", "none.png", "edema", "--bundle", TinyBundle.Folder);

        Assert.Equal((2, ""), (code, output));
        Assert.Equal("error: none.png: no such file; give the path of a PNG, JPEG, TIFF or DICOM radiograph", error.TrimEnd());
    }

    [Fact]
    public void Ground_CompressedDicomWithoutGdcm_NamesThePackage()
    {
        string sample = Fixtures.Path("dicom/chest-j2k.dcm");

        (int code, _, string error) = Start(_folder.Path, _folder.Path, ["ground", sample, "edema", "--bundle", TinyBundle.Folder]);

        Assert.Equal(2, code);
        Assert.Contains(
            "needs the program gdcmconv, which is not in PATH: install the package libgdcm-tools",
            error,
            StringComparison.Ordinal
        );
        Assert.Single(error.TrimEnd().Split('\n'));
    }
}
