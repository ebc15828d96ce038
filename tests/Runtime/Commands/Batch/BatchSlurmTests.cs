using System.Text.Json;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands.Batch;

/// <summary><c>docs/deploy/slurm.sh</c> as a job array of a real Slurm, on this machine alone.</summary>
[Trait("Category", "process")]
public sealed class BatchSlurmTests : BatchTest
{
    private const int Images = 12;

    [Fact]
    public async Task Slurm_ArrayThenOneTaskAgain_GivesTheBytesOfOneRun()
    {
        LongTest.SkipUnlessAsked();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Slurm is a Linux matter");
        using SlurmCluster cluster = await SlurmCluster.Start();
        WriteImages(Images);
        Assert.Equal(0, (await Batch("--preset", "turbo")).Code);
        byte[] whole = File.ReadAllBytes(Results);
        Directory.Move(At("out"), At("whole"));
        string program = At("cxr");
        File.WriteAllText(
            program,
            $"#!/bin/sh\nexec '{Environment.ProcessPath switch
            {
                { } host when Path.GetFileNameWithoutExtension(host) == "dotnet" => host,
                _ => "dotnet",
            }}' '{Path.Combine(AppContext.BaseDirectory, "cxr.dll")}' \"$@\"\n"
        );
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        Dictionary<string, string> environment = new() { ["CXR"] = program };
        string script = Path.Combine(Fixtures.Repository, "docs/deploy/slurm.sh");
        string[] job = [script, At("m.csv"), At("out"), "--bundle", TinyBundle.Folder, "--preset", "turbo"];
        string Logs() => string.Concat(Directory.GetFiles(At("."), "task-*.log").Select(File.ReadAllText));

        (int code, string text) = await cluster.Submit(At("task-%a.log"), environment, ["--array=0-3", "--cpus-per-task=1", .. job]);
        Assert.True(code == 0, text + Logs());
        JsonElement begun = JsonDocument.Parse(File.ReadAllBytes(At("out/batch.json"))).RootElement.GetProperty("numbering");
        Assert.Equal((4, 0), (begun.GetProperty("parts").GetInt32(), begun.GetProperty("first_task").GetInt32()));

        // A task alone says that it is 1 of 1; the folder knows better.
        string third = At("out/results-3-of-4.jsonl");
        byte[] part = File.ReadAllBytes(third);
        File.WriteAllBytes(third, part[..(part.Length / 2)]);
        (code, text) = await cluster.Submit(At("task-again.log"), environment, ["--array=2", "--cpus-per-task=1", .. job]);
        Assert.True(code == 0, text + Logs());
        Assert.Equal(part, File.ReadAllBytes(third));
        Assert.Equal(4, Directory.GetFiles(At("out"), "results*.jsonl").Length);

        CliRun merge = await Merge();
        Assert.True(merge.Code == 0, merge.Error);
        Assert.Equal(whole, File.ReadAllBytes(Results));
    }
}
