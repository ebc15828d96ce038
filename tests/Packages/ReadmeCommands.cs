using System.Text;

namespace CxrOnnx.Packages.Tests;

/// <summary>The commands in a README's fenced blocks, in order, and why some of them are not run by a test.</summary>
internal static class ReadmeCommands
{
    private const string Fence = "```";

    /// <summary>
    /// Beginnings of commands that are not run, each with its reason. One that no command begins with any more fails the test.
    /// </summary>
    public static IReadOnlyDictionary<string, string> NotRun { get; } =
        new Dictionary<string, string>
        {
            ["dotnet test"] = "it would run this very test",
            ["cxr-lab run pipelines/phantom.yaml"] = "it trains for hours; tests/Lab runs pipelines/smoke.yaml, the same chain in small",
            ["cxr watch "] = "no archive answers here; tests/Runtime runs it beside an Orthanc",
            ["cxr-lab run pipelines/mimic-cxr.yaml --dry-run"] = "it ends with 1 and the list of what to fetch; tests/Lab holds that",
            ["cxr-lab tune "] = "F stands for checkpoints; tests/Lab tunes in pipelines/smoke.yaml",
            ["cxr-lab export "] = "the checkpoints of the published model are not here; tests/Lab exports small ones with the same options",
        };

    /// <summary>The commands, a continued line joined; the language of a block says that it holds something else.</summary>
    public static IReadOnlyList<string> Of(string markdown)
    {
        List<string> commands = [];
        StringBuilder command = new();
        string? block = null;
        foreach (string line in markdown.ReplaceLineEndings("\n").Split('\n'))
        {
            if (line.StartsWith(Fence, StringComparison.Ordinal))
            {
                block = block is null ? line[Fence.Length..].Trim() : null;
            }
            else if (block is "" or "sh" or "bash" && line.Length > 0)
            {
                command.Append(command.Length > 0 ? "\n" : "").Append(line);
                if (!line.EndsWith('\\'))
                {
                    commands.Add(command.ToString());
                    command.Clear();
                }
            }
        }

        return commands;
    }
}
