using System.Diagnostics;
using CxrOnnx.Core;
using CxrOnnx.Imaging.Radiographs;

namespace CxrOnnx.Imaging.Dicom;

/// <summary>
/// The program <c>gdcmconv</c> of GDCM (Debian package <c>libgdcm-tools</c>): decompresses JPEG, JPEG-LS, JPEG 2000 and RLE. It is started
/// without a shell on files in a private folder whose names are ours; what it prints (which may quote the file) is thrown away.
/// </summary>
public static class Gdcm
{
    /// <summary>The Debian and Ubuntu package that carries the program.</summary>
    public const string Package = "libgdcm-tools";

    private const string Program = "gdcmconv";
    private const string Prlimit = "/usr/bin/prlimit";
    private const long OwnMemory = 512L << 20;
    private const long BytesPerSample = 32;

    /// <summary>How many times the largest file the decompressed one may be.</summary>
    internal const int MemoryFactor = 2;

    /// <summary>Absolute path of the program, or null when it is not installed.</summary>
    /// <param name="searchPath">Folders as in the PATH variable; null takes the variable.</param>
    public static string? Find(string? searchPath = null)
    {
        searchPath ??= Environment.GetEnvironmentVariable("PATH") ?? "";
        string file = OperatingSystem.IsWindows() ? Program + ".exe" : Program;
        return searchPath
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathFullyQualified)
            .Select(folder => Path.Combine(folder, file))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>The program's file, which a picture needs.</summary>
    /// <param name="transferSyntax">The picture's transfer syntax, for the message.</param>
    /// <param name="name">What to call the file in messages.</param>
    /// <param name="options">Where to look.</param>
    /// <exception cref="InputException">The program is missing.</exception>
    internal static string Require(string transferSyntax, string name, RadiographReaderOptions options) =>
        Find(options.ProgramPath)
        ?? throw new InputException(
            $"{name}: DICOM with transfer syntax {TransferSyntaxes.Describe(transferSyntax)} needs the program {Program}, which is "
                + $"not in PATH: install the package {Package} (apt-get install {Package})"
        );

    /// <summary>Decompresses a file into explicit little endian.</summary>
    /// <param name="content">The file.</param>
    /// <param name="transferSyntax">Its transfer syntax, for messages.</param>
    /// <param name="samples">Pixels times samples per pixel that the picture has: decides how much memory the program may take.</param>
    /// <param name="name">What to call the file in messages.</param>
    /// <param name="options">Limits.</param>
    /// <returns>The new file, or null where the program fails.</returns>
    /// <exception cref="InputException">The program is missing, takes too long or writes too much.</exception>
    internal static byte[]? Decompress(byte[] content, string transferSyntax, long samples, string name, RadiographReaderOptions options)
    {
        string program = Require(transferSyntax, name, options);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("cxr-dicom-");
        try
        {
            string input = Path.Combine(folder.FullName, "in.dcm");
            string output = Path.Combine(folder.FullName, "out.dcm");
            File.WriteAllBytes(input, content);
            string[] command = [.. Limited(MemoryLimit(samples)), program, "--raw", "--explicit", input, output];
            Run(command[0], command[1..], Timeout(content.Length, options), name);
            FileInfo result = new(output);
            if (!result.Exists)
            {
                return null;
            }

            if (result.Length > MemoryFactor * options.MaxFileBytes)
            {
                throw new InputException($"{name}: decompresses to {result.Length:N0} bytes; give a single image");
            }

            return File.ReadAllBytes(output);
        }
        catch (GdcmFailure)
        {
            return null;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Bytes that the program may take: its own, and for each sample several copies, of which JPEG 2000 makes most.</summary>
    private static long MemoryLimit(long samples) => OwnMemory + (BytesPerSample * samples);

    /// <summary>
    /// A damaged file can make the program ask for gigabytes. .NET cannot limit a process that it starts; <c>prlimit</c> of util-linux,
    /// which every Debian has, can. Without it there is no limit.
    /// </summary>
    private static string[] Limited(long bytes) =>
        OperatingSystem.IsLinux() && File.Exists(Prlimit) ? [Prlimit, FormattableString.Invariant($"--as={bytes}"), "--"] : [];

    private static TimeSpan Timeout(long bytes, RadiographReaderOptions options)
    {
        TimeSpan bySize = TimeSpan.FromSeconds(3) + (TimeSpan.FromSeconds(10) * (bytes / 1e6));
        return bySize < options.DecompressionTimeout ? bySize : options.DecompressionTimeout;
    }

    private static void Run(string program, string[] arguments, TimeSpan timeout, string name)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start) ?? throw new InputException($"{name}: {program} cannot be started");
        process.StandardInput.Close();
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (!process.WaitForExit(timeout))
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            throw new InputException(
                $"{name}: {Program} did not finish within {timeout.TotalSeconds:0.#} s; the file is damaged or too large"
            );
        }

        if (process.ExitCode != 0)
        {
            throw new GdcmFailure();
        }
    }

    private sealed class GdcmFailure : Exception;
}
