using System.Buffers.Binary;
using System.Text;
using CsCheck;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Trainer.Native;
using Xunit;

namespace CxrOnnx.Trainer.Tests.Native;

[Trait("Category", "quick")]
public sealed class TorchLibraryPatchTests
{
    private const string Version = "GLIBCXX_3.4.32";

    [Fact]
    public void WeakenVersion_UnusedRequirement_SetsOneFlagAndNothingElse()
    {
        byte[] image = SyntheticLibrary(relocatedSymbol: 1);
        byte[] patched = TorchLibraryPatch.WeakenVersion(image, Version, "synthetic");

        // The second requirement's vna_flags; the only byte that may differ.
        Assert.Equal([SyntheticFlagOffset], Differences(image, patched));
        Assert.Equal(2, patched[SyntheticFlagOffset]);
        Assert.Equal(patched, TorchLibraryPatch.WeakenVersion(patched, Version, "synthetic"));
    }

    [Fact]
    public void WeakenVersion_RelocationUsesTheVersion_Refuses()
    {
        ArtifactException exception = Assert.Throws<ArtifactException>(() =>
            TorchLibraryPatch.WeakenVersion(SyntheticLibrary(relocatedSymbol: 2), Version, "synthetic")
        );
        Assert.Contains("uses a symbol of version GLIBCXX_3.4.32", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WeakenVersion_VersionNotRequired_SaysSo()
    {
        ArtifactException exception = Assert.Throws<ArtifactException>(() =>
            TorchLibraryPatch.WeakenVersion(SyntheticLibrary(1), "GLIBCXX_9.9", "synthetic")
        );
        Assert.Equal("synthetic: does not require symbol version GLIBCXX_9.9; nothing to patch", exception.Message);
    }

    [Fact]
    public void WeakenVersion_NotAnElfFile_SaysSo()
    {
        ArtifactException exception = Assert.Throws<ArtifactException>(() =>
            TorchLibraryPatch.WeakenVersion("MZ is another kind of library, and long enough to hold a whole header"u8, Version, "a.dll")
        );
        Assert.StartsWith("a.dll: not a 64-bit little-endian ELF library", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WeakenVersion_TruncatedAnywhere_IsRefusedNotRead()
    {
        byte[] image = SyntheticLibrary(1);
        for (int length = 0; length < image.Length; length++)
        {
            Assert.Throws<ArtifactException>(() => TorchLibraryPatch.WeakenVersion(image.AsSpan(0, length), Version, "cut"));
        }
    }

    [Fact]
    public void WeakenVersion_AnyDamagedBytes_PatchesOrRefusesCleanly() =>
        Gen.Select(Gen.Int[0, SyntheticLibrary(1).Length - 1], Gen.Byte, Gen.Int[0, SyntheticLibrary(1).Length - 1], Gen.Byte)
            .Sample(
                (at, value, secondAt, secondValue) =>
                {
                    byte[] image = SyntheticLibrary(1);
                    image[at] = value;
                    image[secondAt] = secondValue;
                    try
                    {
                        Assert.True(Differences(image, TorchLibraryPatch.WeakenVersion(image, Version, "damaged")).Count <= 2);
                    }
                    catch (ArtifactException)
                    {
                        // A refusal is the other acceptable outcome; any other exception fails the property.
                    }
                },
                iter: 5000
            );

    [Fact]
    public void NeededLibraries_SyntheticLibrary_NamesThem() =>
        Assert.Equal(["libtorch.so"], TorchLibraryPatch.NeededLibraries(SyntheticLibrary(1), "synthetic"));

    [Fact]
    public void WeakenVersion_RealLibrary_ChangesTwoBytesAtMost()
    {
        string library = RealLibrary();
        byte[] image = File.ReadAllBytes(library);
        byte[] patched = TorchLibraryPatch.WeakenVersion(image, Version, library);
        Assert.Single(Differences(image, patched));
        Assert.Contains("libtorch.so", TorchLibraryPatch.NeededLibraries(image, library));
    }

    [Fact]
    public void WeakenVersion_RealLibraryVersionInUse_Refuses()
    {
        string library = RealLibrary();
        Assert.Throws<ArtifactException>(() => TorchLibraryPatch.WeakenVersion(File.ReadAllBytes(library), "GLIBCXX_3.4", library));
    }

    [Fact]
    public void WriteIfDifferent_ManyWritersAtOnce_LeaveOneWholeFile()
    {
        string folder = Directory.CreateTempSubdirectory("cxronnx-native").FullName;
        try
        {
            string path = Path.Combine(folder, "library.so");
            byte[] content = [.. Enumerable.Range(0, 100_000).Select(i => (byte)i)];
            Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ => TorchLibraryCopy.WriteIfDifferent(path, content));
            Assert.Equal([path], Directory.GetFiles(folder));
            Assert.Equal(content, File.ReadAllBytes(path));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void IsPackageCache_FolderInsideAnUnpackedPackage_IsTrue()
    {
        string folder = Directory.CreateTempSubdirectory("cxronnx-package").FullName;
        try
        {
            string native = Directory
                .CreateDirectory(Path.Combine(folder, "torchsharp", "0.107.0", "runtimes", "linux-x64", "native"))
                .FullName;
            Assert.False(TorchLibraryCopy.IsPackageCache(native));
            File.WriteAllText(Path.Combine(folder, "torchsharp", "0.107.0", ".nupkg.metadata"), "{}");
            Assert.True(TorchLibraryCopy.IsPackageCache(native));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string RealLibrary()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");
        Assert.SkipUnless(File.Exists(path), "no Linux build of libLibTorchSharp.so in the output");
        return path;
    }

    private static List<int> Differences(byte[] first, byte[] second) =>
        [.. Enumerable.Range(0, Math.Max(first.Length, second.Length)).Where(i => first[i] != second[i])];

    private const int SyntheticFlagOffset = 0x240 + 16 + 16 + 4;

    /// <summary>
    /// A made-up library: one load segment at address 0x1000, symbols 1 (version GLIBC_2.2.5, index 2) and 2 (GLIBCXX_3.4.32, index 3), one
    /// relocation against <paramref name="relocatedSymbol"/>. Laid out by hand from the ABI's tables, independently of the reader.
    /// </summary>
    private static byte[] SyntheticLibrary(uint relocatedSymbol)
    {
        const ulong Base = 0x1000;
        byte[] image = new byte[0x300];
        void U16(int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(at), value);
        void U32(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(at), value);
        void U64(int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(at), value);
        "\u007fELF"u8.CopyTo(image);
        image[4] = 2; // 64-bit
        image[5] = 1; // little-endian
        U64(32, 64); // program headers
        U16(56, 2);

        U32(64, 1); // PT_LOAD, the whole file
        U64(64 + 16, Base);
        U64(64 + 32, (ulong)image.Length);
        U32(120, 2); // PT_DYNAMIC
        U64(120 + 8, 0x100);
        U64(120 + 32, 0x90);

        (ulong Tag, ulong Value)[] dynamic =
        [
            (1, 1),
            (5, Base + 0x2C0),
            (7, Base + 0x200),
            (8, 24),
            (0x6FFFFFF0, Base + 0x220),
            (0x6FFFFFFE, Base + 0x240),
            (0x6FFFFFFF, 1),
            (0, 0),
        ];
        for (int i = 0; i < dynamic.Length; i++)
        {
            U64(0x100 + (16 * i), dynamic[i].Tag);
            U64(0x108 + (16 * i), dynamic[i].Value);
        }

        U32(0x200 + 12, relocatedSymbol); // Elf64_Rela: the upper half of r_info is the symbol
        U16(0x222, 2); // versions of symbols 1 and 2
        U16(0x224, 3);

        U16(0x242, 2); // Elf64_Verneed with two Elf64_Vernaux
        U32(0x248, 16);
        U16(0x250 + 6, 2);
        U32(0x250 + 8, 13);
        U32(0x250 + 12, 16);
        U16(0x260 + 6, 3);
        U32(0x260 + 8, 25);
        Encoding.ASCII.GetBytes("\0libtorch.so\0GLIBC_2.2.5\0GLIBCXX_3.4.32\0").CopyTo(image, 0x2C0);
        return image[..(0x2C0 + 40)];
    }
}
