using CxrOnnx.Core;
using CxrOnnx.Tests;
using CxrOnnx.Trainer.Native;
using Xunit;

namespace CxrOnnx.Trainer.Tests.Native;

[Trait("Category", "quick")]
public sealed class TorchInstallationTests
{
    [Fact]
    public void At_PackagesOfPython_FindsLibrariesAndVersion()
    {
        using TemporaryFolder folder = new();
        string libraries = Wheel(folder.Path, "2.11.0+cu130", cuda: true);
        foreach (string place in new[] { libraries, Path.GetDirectoryName(libraries)!, folder.Path })
        {
            TorchInstallation found = TorchInstallation.At(place, "test")!;
            Assert.Equal(libraries, found.Folder);
            Assert.Equal("2.11.0+cu130", found.Version);
            Assert.True(found.HasCuda);
            Assert.True(found.IsTried);
        }
    }

    [Theory]
    [InlineData("2.10.0", true)]
    [InlineData("1.13.1", false)]
    [InlineData("2.1.0", false)]
    [InlineData("2.12.0+cpu", false)]
    public void IsTried_ByVersion_OnlyThoseThatWereTried(string version, bool tried)
    {
        using TemporaryFolder folder = new();
        TorchInstallation found = TorchInstallation.At(Wheel(folder.Path, version, cuda: false), "test")!;
        Assert.Equal(tried, found.IsTried);
        Assert.False(found.HasCuda);
        Assert.Contains($"libtorch {version}, without CUDA", found.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void At_LibtorchArchive_ReadsItsVersion()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("lib"));
        File.WriteAllText(folder.File("lib/libtorch_cpu.so"), "");
        File.WriteAllText(folder.File("build-version"), "2.10.0+cu130\n");
        Assert.Equal("2.10.0+cu130", TorchInstallation.At(folder.Path, "test")!.Version);
    }

    [Fact]
    public void At_FolderWithoutVersion_SaysUnknown()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("libtorch_cpu.so"), "");
        TorchInstallation found = TorchInstallation.At(folder.Path, "test")!;
        Assert.Null(found.Version);
        Assert.Null(found.IsTried);
        Assert.Contains("version unknown", found.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Named_FolderWithoutLibtorch_IsAnErrorThatNamesIt()
    {
        using TemporaryFolder folder = new();
        InputException error = Assert.Throws<InputException>(() => TorchInstallation.Named(folder.Path));
        Assert.StartsWith($"`libtorch` {folder.Path}: no libtorch_cpu.so", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Use_BesideTheProgramsOwn_IsRefused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && TorchLibrary.HasOwnLibtorch, "this is the build for CUDA");
        using TemporaryFolder folder = new();
        TorchInstallation found = TorchInstallation.At(Wheel(folder.Path, "2.11.0", cuda: true), "test")!;
        InputException error = Assert.Throws<InputException>(() => TorchLibrary.Use(found));
        Assert.Contains("brings a libtorch of its own", error.Message, StringComparison.Ordinal);
    }

    private static string Wheel(string packages, string version, bool cuda)
    {
        string libraries = Path.Combine(packages, "torch", "lib");
        Directory.CreateDirectory(libraries);
        File.WriteAllText(Path.Combine(libraries, "libtorch_cpu.so"), "");
        if (cuda)
        {
            File.WriteAllText(Path.Combine(libraries, "libtorch_cuda.so"), "");
        }

        File.WriteAllText(Path.Combine(packages, "torch", "version.py"), $"__version__ = '{version}'\ncuda: str = '13.0'\n");
        return libraries;
    }
}
