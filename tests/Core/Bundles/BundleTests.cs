using System.IO.Compression;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Core.Tests.Bundles;

[Trait("Category", "quick")]
public sealed class BundleTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly string _folder;

    public BundleTests()
    {
        _folder = Directory.CreateDirectory(_temporary.File("bundle")).FullName;
        SampleBundle.Create(_folder);
    }

    [Fact]
    public void Open_Folder_GivesManifestAndPaths()
    {
        using Bundle bundle = Bundle.Open(_folder);

        Assert.Equal("sample", bundle.Manifest.Model.Name);
        Assert.Equal(_folder, bundle.Folder);
        Assert.Equal([1, 2, 3, 4], File.ReadAllBytes(bundle.PathOf("denoiser.onnx")));
        Assert.True(File.Exists(Path.Combine(bundle.PathOf("tokenizer"), "vocab.json")));
        Assert.True(bundle.Contains("tokenizer/vocab.json") && bundle.Contains("tokenizer") && !bundle.Contains("tok"));
        Assert.Contains(
            "has no 'grounding.onnx'",
            Assert.Throws<ArtifactException>(() => bundle.PathOf("grounding.onnx")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Open_NothingThere_SaysSo()
    {
        Assert.Contains(
            "no such bundle",
            Assert.Throws<ArtifactException>(() => Bundle.Open(_temporary.File("none"))).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "has no bundle.json",
            Assert.Throws<ArtifactException>(() => Bundle.Open(_temporary.Path)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Open_ChangedByte_NamesFileAndBothChecksums()
    {
        File.WriteAllBytes(Path.Combine(_folder, "denoiser.onnx"), [1, 2, 3, 5]);

        ArtifactException exception = Assert.Throws<ArtifactException>(() => Bundle.Open(_folder));

        Assert.Matches("denoiser.onnx: has SHA-256 [0-9a-f]{64}, the manifest says 9f64a747", exception.Message);
        Bundle.Open(_folder, verifyChecksums: false).Dispose();
    }

    [Fact]
    public void Open_MissingAndLongerFiles_NamesBothAtOnce()
    {
        File.Delete(Path.Combine(_folder, "denoiser.onnx"));
        File.WriteAllBytes(Path.Combine(_folder, "weights.bin"), new byte[1001]);

        ArtifactException exception = Assert.Throws<ArtifactException>(() => Bundle.Open(_folder, verifyChecksums: false));

        Assert.Contains(
            "denoiser.onnx: is missing; weights.bin: has 1001 bytes, the manifest says 1000",
            exception.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Open_LinkOutOfTheFolder_IsRefused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        string outside = _temporary.Write("outside.bin", new byte[1000]);
        File.Delete(Path.Combine(_folder, "weights.bin"));
        File.CreateSymbolicLink(Path.Combine(_folder, "weights.bin"), outside);

        Assert.Contains(
            "weights.bin: is a link that leaves the bundle's folder",
            Assert.Throws<ArtifactException>(() => Bundle.Open(_folder)).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "'weights.bin' is a link that leaves the folder",
            Assert.Throws<ArtifactException>(() => BundleManifestFile.Seal(_folder, SampleBundle.Draft)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Open_LinkedFolderOutOfTheFolder_IsRefused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        Directory.Move(Path.Combine(_folder, "tokenizer"), _temporary.File("elsewhere"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "tokenizer"), _temporary.File("elsewhere"));

        Assert.Contains(
            "tokenizer/vocab.json: is a link",
            Assert.Throws<ArtifactException>(() => Bundle.Open(_folder)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Open_LinksInsideTheFolderOrToIt_Work()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        // How Kubernetes mounts configuration: every file is a link into a hidden folder beside it.
        Directory.CreateDirectory(Path.Combine(_folder, "..data"));
        File.Move(Path.Combine(_folder, "weights.bin"), Path.Combine(_folder, "..data", "weights.bin"));
        File.CreateSymbolicLink(Path.Combine(_folder, "weights.bin"), Path.Combine("..data", "weights.bin"));
        Directory.CreateSymbolicLink(_temporary.File("alias"), _folder);

        using Bundle bundle = Bundle.Open(_temporary.File("alias"));

        Assert.Equal(1000, new FileInfo(bundle.PathOf("weights.bin")).Length);
    }

    [Fact]
    public void PackAndOpen_Zipped_GivesTheSameBundleAndCleansUp()
    {
        string file = _temporary.File("sample.cxrb");
        BundleArchive.Pack(_folder, file);

        string unpacked;
        using (Bundle bundle = Bundle.Open(file))
        {
            unpacked = bundle.Folder;
            Assert.Equal(BundleManifestFile.Read(Path.Combine(_folder, "bundle.json")).Id, bundle.Manifest.Id);
            Assert.Equal("{}", File.ReadAllText(bundle.PathOf("tokenizer/vocab.json")));
        }

        Assert.False(Directory.Exists(unpacked));
    }

    [Fact]
    public void Pack_TouchedFilesAndStrangers_GivesTheSameBytes()
    {
        BundleArchive.Pack(_folder, _temporary.File("a.cxrb"));
        File.SetLastWriteTimeUtc(Path.Combine(_folder, "weights.bin"), new DateTime(2001, 2, 3, 0, 0, 0, DateTimeKind.Utc));
        File.WriteAllText(Path.Combine(_folder, "notes.txt"), "not part of the bundle");
        BundleArchive.Pack(_folder, _temporary.File("b.cxrb"));

        Assert.Equal(File.ReadAllBytes(_temporary.File("a.cxrb")), File.ReadAllBytes(_temporary.File("b.cxrb")));
    }

    [Fact]
    public void Pack_DamagedBundle_WritesNothing()
    {
        File.Delete(Path.Combine(_folder, "weights.bin"));

        Assert.Throws<ArtifactException>(() => BundleArchive.Pack(_folder, _temporary.File("a.cxrb")));
        Assert.Empty(Directory.GetFiles(_temporary.Path));
    }

    [Theory]
    [InlineData("../evil.txt", "leaves the bundle's folder")]
    [InlineData("/tmp/evil.txt", "leaves the bundle's folder")]
    [InlineData("a\\..\\evil.txt", "holds a backslash")]
    [InlineData("stranger.txt", "which the manifest does not list")]
    public void Open_ArchiveWithAnotherEntry_IsRefusedAndWritesNothingOutside(string entry, string expected)
    {
        string file = Repack(zip =>
        {
            using Stream stream = zip.CreateEntry(entry).Open();
            stream.WriteByte(1);
        });

        ArtifactException exception = Assert.Throws<ArtifactException>(() => Bundle.Open(file));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_temporary.File("evil.txt")));
    }

    [Fact]
    public void Open_ArchiveWithALink_IsRefused()
    {
        string file = Repack(zip => zip.GetEntry("weights.bin")!.ExternalAttributes = 0xA1FF << 16);

        Assert.Contains(
            "entry 'weights.bin' is a link",
            Assert.Throws<ArtifactException>(() => Bundle.Open(file)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Open_ArchiveWhoseEntryUnpacksToMore_StopsThere()
    {
        string file = Repack(zip =>
        {
            zip.GetEntry("weights.bin")!.Delete();
            using Stream stream = zip.CreateEntry("weights.bin", CompressionLevel.Optimal).Open();
            stream.Write(new byte[5_000_000]);
        });

        Assert.Contains(
            "unpacks to more than the 1000 bytes",
            Assert.Throws<ArtifactException>(() => Bundle.Open(file)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Open_ArchiveWithFolderEntries_Works()
    {
        using Bundle bundle = Bundle.Open(Repack(zip => zip.CreateEntry("tokenizer/")));

        Assert.True(bundle.Contains("tokenizer/vocab.json"));
    }

    [Fact]
    public void Open_FileThatIsNoArchive_SaysSo() =>
        Assert.Contains(
            "cannot be unpacked",
            Assert.Throws<ArtifactException>(() => Bundle.Open(_temporary.Write("x.cxrb", new byte[100]))).Message,
            StringComparison.Ordinal
        );

    public void Dispose() => _temporary.Dispose();

    private string Repack(Action<ZipArchive> change)
    {
        string file = _temporary.File("repacked.cxrb");
        BundleArchive.Pack(_folder, file);
        using (ZipArchive zip = ZipFile.Open(file, ZipArchiveMode.Update))
        {
            change(zip);
        }

        return file;
    }
}
