using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Packages.Tests;

/// <summary>
/// Follows the README in a fresh folder that holds what a clone holds: every command of its fenced blocks, word for word, in order.
/// </summary>
/// <remarks>
/// <c>cxr</c> and <c>cxr-lab</c> are the programs that were built with the tests, and <c>dotnet run ... --project runtime/Cli --</c> starts
/// the same one instead of building it again: the words are the README's, the minutes of a build are not spent. That such a build works in
/// a clone is what CI itself shows. The commands of the table of ways to install are run by <see cref="PackageTests"/>, and
/// <c>cxr serve</c> by the service's tests.
/// </remarks>
[Trait("Category", "slow")]
public sealed partial class ReadmeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Clone => _folder.File("clone");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Readme_EveryCommand_RunsInAFreshFolder()
    {
        LongTest.SkipUnlessAsked();
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the README's commands are a POSIX shell's");
        await MakeClone();
        MakePrograms();
        MakeInputs();
        string readme = await File.ReadAllTextAsync(Path.Combine(Fixtures.Repository, "README.md"), TestContext.Current.CancellationToken);
        IReadOnlyList<string> commands = ReadmeCommands.Of(readme);
        Assert.True(commands.Count >= 12, $"{commands.Count} commands found in the README");
        Assert.All(
            ReadmeCommands.NotRun.Keys,
            begin => Assert.Contains(commands, command => command.StartsWith(begin, StringComparison.Ordinal))
        );
        foreach (string command in commands)
        {
            if (
                ReadmeCommands.NotRun.FirstOrDefault(entry => command.StartsWith(entry.Key, StringComparison.Ordinal)) is
                { Key: not null } left
            )
            {
                TestContext.Current.SendDiagnosticMessage($"not run: {command.Split('\n')[0]} ({left.Value})");
                continue;
            }

            (int code, string output) = await Shell(command);
            Assert.True(code == 0, $"README: {command}\nexit {code}\n{output}");
        }

        CheckCaption(readme);
        Assert.True(File.Exists(Path.Combine(Clone, "results", "results.jsonl")));
        Assert.True(File.Exists(Path.Combine(Clone, "scores", "evaluation.html")));
        Assert.True(File.Exists(Path.Combine(Clone, "set", "tuning-set.jsonl")));
    }

    /// <summary>The numbers below the picture are those that the first command gives.</summary>
    private void CheckCaption(string readme)
    {
        Match caption = Caption().Match(readme.ReplaceLineEndings(" "));
        Assert.True(caption.Success, "the caption of the picture names both boxes and their overlap");
        double[] Numbers(params string[] groups) =>
            [.. groups.Select(group => double.Parse(caption.Groups[group].Value, CultureInfo.InvariantCulture))];
        double[] truth = Numbers("tx", "ty", "tw", "th");
        double[] named = Numbers("x", "y", "w", "h");
        using JsonDocument result = JsonDocument.Parse(File.ReadAllText(Path.Combine(Clone, "out", "result.json")));
        double[] found =
        [
            .. result.RootElement.GetProperty("phrases")[0].GetProperty("boxes")[0].EnumerateArray().Select(side => side.GetDouble()),
        ];
        Assert.Equal(found, named);
        Assert.Contains(
            $",{truth[0]},{truth[1]},{truth[2]},{truth[3]},768,900",
            File.ReadAllText(Path.Combine(Clone, "models", "samples", "annotations.csv")),
            StringComparison.Ordinal
        );
        double width = Math.Min(truth[0] + truth[2], found[0] + found[2]) - Math.Max(truth[0], found[0]);
        double height = Math.Min(truth[1] + truth[3], found[1] + found[3]) - Math.Max(truth[1], found[1]);
        double both = Math.Max(0, width) * Math.Max(0, height);
        double overlap = both / ((truth[2] * truth[3]) + (found[2] * found[3]) - both);
        Assert.Equal(caption.Groups["iou"].Value, overlap.ToString("0.00", CultureInfo.InvariantCulture));
    }

    private async Task MakeClone()
    {
        (int code, string listed) = await Run("git", Fixtures.Repository, ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
        Assert.SkipWhen(code != 0, "this is no git checkout: what a clone would hold is not known");
        foreach (string file in listed.Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            string source = Path.Combine(Fixtures.Repository, file);
            if (File.Exists(source) && !file.StartsWith("tests/", StringComparison.Ordinal))
            {
                string target = Path.Combine(Clone, file);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(source, target);
            }
        }
    }

    /// <summary>The programs that the README's words start.</summary>
    private void MakePrograms()
    {
        string configuration = Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)))!;
        string Built(params string[] parts) =>
            Path.Combine([Fixtures.Repository, .. parts[..^1], "bin", configuration, "net10.0", parts[^1]]);
        string cxr = Built("runtime", "Cli", "cxr.dll");
        string lab = Built("pipelines", "Lab", "cxr-lab.dll");
        Program("cxr", $"exec '{DotnetCommand.Path}' '{cxr}' \"$@\"");
        Program("cxr-lab", $"exec '{DotnetCommand.Path}' '{lab}' \"$@\"");
        Program(
            "dotnet",
            $$"""
            case "$*" in
              "run -c Release --project runtime/Cli -- "*) shift 6; exec '{{DotnetCommand.Path}}' '{{cxr}}' "$@" ;;
              "run -c Release --project pipelines/Lab -- "*) shift 6; exec '{{DotnetCommand.Path}}' '{{lab}}' "$@" ;;
              *) echo "the README's test does not know: dotnet $*" >&2; exit 99 ;;
            esac
            """
        );
    }

    private void Program(string name, string body)
    {
        string path = _folder.Write($"programs/{name}", $"#!/bin/sh\n{body}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>What the README's placeholders stand for.</summary>
    private void MakeInputs()
    {
        string samples = Path.Combine(Clone, "models", "samples");
        File.Copy(Path.Combine(samples, "effusion-and-pneumothorax.png"), Path.Combine(Clone, "IMAGE"));
        File.Copy(Path.Combine(samples, "effusion-and-pneumothorax.txt"), Path.Combine(Clone, "report.txt"));
        File.WriteAllText(
            Path.Combine(Clone, "manifest.csv"),
            "image,phrase\nmodels/samples/normal.png,cardiomegaly\nmodels/samples/left-lower-pneumonia.png,left lower pneumonia\n"
        );
        foreach (string kind in (string[])["png", "txt"])
        {
            string folder = Directory.CreateDirectory(Path.Combine(Clone, kind == "png" ? "images" : "reports")).FullName;
            foreach (string file in Directory.EnumerateFiles(samples, $"*.{kind}"))
            {
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            }
        }
    }

    private Task<(int Code, string Output)> Shell(string command) => Run("bash", Clone, ["-c", command]);

    private async Task<(int Code, string Output)> Run(string program, string folder, string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = $"{_folder.File("programs")}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment.Remove("CXR_BUNDLE");
        Process? process = null;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"there is no {program}");
        }

        using (process)
        {
            Task<string> error = process!.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return (process.ExitCode, process.ExitCode == 0 ? output : output + await error);
        }
    }

    [GeneratedRegex(
        @"pneumonia at x (?<tx>\d+), y (?<ty>\d+), (?<tw>\d+) wide, (?<th>\d+) high\. The model's box, at (?<x>\d+), (?<y>\d+), "
            + @"(?<w>\d+) wide, (?<h>\d+) high, overlaps it with an intersection over union of (?<iou>0\.\d\d)"
    )]
    private static partial Regex Caption();
}
