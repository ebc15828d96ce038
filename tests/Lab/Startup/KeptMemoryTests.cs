using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace CxrOnnx.Lab.Tests.Startup;

/// <summary>A command that trains runs with glibc told to keep its memory, unless the user has told it something else.</summary>
[Trait("Category", "process")]
public sealed class KeptMemoryTests : IDisposable
{
    private const long Steps = 100_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("cxronnx-kept-é-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Pretrain_NothingChosen_IsStartedAnewWithTheSameCommandLine()
    {
        (string[] variables, string[] line) = await Training([]);

        Assert.Equal(
            ["CXR_LAB_KEPT_MEMORY=1", "MALLOC_ARENA_MAX=1", "MALLOC_MMAP_MAX_=0", "MALLOC_TRIM_THRESHOLD_=1099511627776"],
            variables
        );
        Assert.Equal(TinyTraining.Arguments(_folder, Steps), line[2..]);
    }

    [Theory]
    [InlineData("MALLOC_ARENA_MAX=4")]
    [InlineData("MALLOC_TOP_PAD_=65536")]
    [InlineData("GLIBC_TUNABLES=")]
    [InlineData("DOTNET_DiagnosticPorts=")]
    public async Task Pretrain_AllocatorChosen_IsLeftAsItIs(string chosen)
    {
        (string[] variables, _) = await Training([chosen]);

        Assert.Equal([chosen], variables);
    }

    /// <summary>The variables of the allocator and the command line of a training that has come as far as its first steps.</summary>
    private async Task<(string[] Variables, string[] Line)> Training(string[] chosen)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the allocator is glibc's");
        string[] inherited =
        [
            "CXR_LAB_KEPT_MEMORY",
            "MALLOC_ARENA_MAX",
            "MALLOC_MMAP_MAX_",
            "MALLOC_TRIM_THRESHOLD_",
            "MALLOC_TOP_PAD_",
            "GLIBC_TUNABLES",
            "LD_PRELOAD",
            "DOTNET_DiagnosticPorts",
        ];
        ProcessStartInfo start = new(
            "env",
            [.. inherited.SelectMany(name => (string[])["-u", name]), .. chosen, .. TinyTraining.Process(_folder, Steps)]
        )
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        try
        {
            string? line;
            do
            {
                line = await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken);
            } while (line?.StartsWith("vae ", StringComparison.Ordinal) == false);

            Assert.NotNull(line);
            string[] environment = Strings(process, "environ");
            return (
                [
                    .. environment
                        .Where(entry => inherited.Any(name => entry.StartsWith(name + "=", StringComparison.Ordinal)))
                        .Order(StringComparer.Ordinal),
                ],
                Strings(process, "cmdline")
            );
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    private static string[] Strings(Process process, string name) =>
        File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}/{name}"))
            .Split('\0', StringSplitOptions.RemoveEmptyEntries);
}
