using System.Diagnostics;
using System.Globalization;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Lab.Tests.Startup;

/// <summary>A command that trains runs with glibc told to keep its memory, unless the user has told it something else.</summary>
[Trait("Category", "process")]
public sealed class KeptMemoryTests : IDisposable
{
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
        Assert.Equal(Arguments(), line[2..]);
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
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
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
        ProcessStartInfo start = new("env") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (
            string word in inherited
                .SelectMany(name => new[] { "-u", name })
                .Concat(chosen)
                .Concat([host, Path.Combine(AppContext.BaseDirectory, "cxr-lab.dll"), .. Arguments()])
        )
        {
            start.ArgumentList.Add(word);
        }

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

    private string[] Arguments()
    {
        string settings = Path.Combine(_folder, "settings.yaml");
        File.WriteAllText(
            settings,
            """
            threads: 1
            data: { training_images: 8, validation_images: 4 }
            vae:
              batch_size: 2
              crop_size: 32
              whole_image_steps: 0
              learning_rate: { peak: 0.001, warm_up_steps: 1, total_steps: 100000 }
              log_every: 2
              checkpoint_every: 100000
            """
        );
        return
        [
            "pretrain",
            "vae",
            "--config",
            Path.Combine(Fixtures.Repository, "pipelines", "settings", "smoke-model.yaml"),
            "--settings",
            settings,
            "--out",
            Path.Combine(_folder, "run"),
        ];
    }
}
