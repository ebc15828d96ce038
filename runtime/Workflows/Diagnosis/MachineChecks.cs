using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using CxrOnnx.Core;
using CxrOnnx.Imaging.Dicom;
using CxrOnnx.Imaging.Raster;

namespace CxrOnnx.Workflows.Diagnosis;

/// <summary>The machine, .NET, libvips and GDCM.</summary>
internal static class MachineChecks
{
    private const double BytesPerGibibyte = 1L << 30;

    /// <summary>Operating system, architecture, cores and memory.</summary>
    public static Check Platform()
    {
        Architecture architecture = RuntimeInformation.ProcessArchitecture;
        double memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / BytesPerGibibyte;
        string detail = string.Create(
            CultureInfo.InvariantCulture,
            $"{RuntimeInformation.OSDescription.Trim()}, {RuntimeInformation.RuntimeIdentifier}, {Environment.ProcessorCount} cores, "
                + $"{memory:0.#} GiB{Vectors()}"
        );
        return architecture is Architecture.X64 or Architecture.Arm64
            ? new Check("platform", CheckOutcome.Pass, detail)
            : new Check(
                "platform",
                CheckOutcome.Fail,
                detail,
                "use a 64-bit x64 or arm64 machine: ONNX Runtime and libvips come for these only"
            );
    }

    /// <summary>The .NET runtime.</summary>
    public static Check DotNet() => new(".NET", CheckOutcome.Pass, RuntimeInformation.FrameworkDescription);

    /// <summary>The image library.</summary>
    public static Check ImageLibrary()
    {
        try
        {
            return new Check("libvips", CheckOutcome.Pass, $"libvips {LibVips.Version} (PNG, JPEG, TIFF)");
        }
        catch (InputException exception)
        {
            return new Check(
                "libvips",
                CheckOutcome.Fail,
                exception.Message,
                "publish for this platform (dotnet publish -r <rid>), so that NetVips.Native's library is copied"
            );
        }
    }

    /// <summary>The DICOM decompressor.</summary>
    public static Check DicomTools() =>
        Gdcm.Find() is { } program
            ? new Check("GDCM", CheckOutcome.Pass, $"{program} (compressed DICOM)")
            : new Check(
                "GDCM",
                CheckOutcome.Optional,
                "gdcmconv not in PATH: compressed DICOM cannot be read, uncompressed can",
                $"apt-get install {Gdcm.Package}"
            );

    private static string Vectors()
    {
        if (Avx512F.IsSupported)
        {
            return ", AVX-512";
        }

        return Avx2.IsSupported ? ", AVX2" : "";
    }
}
