using Xunit;
using YamlDotNet.RepresentationModel;

namespace CxrOnnx.Tests.Architecture;

/// <summary>The workflow that the repository's host runs is the script that runs on a laptop.</summary>
[Trait("Category", "quick")]
public sealed class WorkflowTests
{
    [Fact]
    public void Ci_RunsTheScript_OnUbuntuWithDotNet10()
    {
        YamlMappingNode job = Job();
        YamlMappingNode[] steps = Steps(job);

        Assert.Equal("ubuntu-latest", Text(job, "runs-on"));
        Assert.Contains(steps, step => Text(step, "run") == ".ci/run");
        YamlMappingNode dotnet = Assert.Single(
            steps,
            step => Text(step, "uses")?.StartsWith("actions/setup-dotnet@", StringComparison.Ordinal) == true
        );
        Assert.Equal("10.0.x", Text((YamlMappingNode)dotnet["with"], "dotnet-version"));
        Assert.True(File.Exists(Path.Combine(Fixtures.Repository, ".ci", "run")));
    }

    [Fact]
    public void Ci_UploadsThePackages_AfterTheScript()
    {
        List<YamlMappingNode> steps = [.. Steps(Job())];
        int script = steps.FindIndex(step => Text(step, "run") == ".ci/run");
        int upload = steps.FindIndex(step => Text(step, "uses")?.StartsWith("actions/upload-artifact@", StringComparison.Ordinal) == true);

        Assert.InRange(upload, script + 1, steps.Count - 1);
        Assert.EndsWith(".nupkg", Text((YamlMappingNode)steps[upload]["with"], "path"), StringComparison.Ordinal);
    }

    private static YamlMappingNode Job()
    {
        using StreamReader reader = new(Path.Combine(Fixtures.Repository, ".github", "workflows", "ci.yml"));
        YamlStream yaml = [];
        yaml.Load(reader);
        YamlMappingNode root = (YamlMappingNode)Assert.Single(yaml.Documents).RootNode;
        return (YamlMappingNode)Assert.Single(((YamlMappingNode)root["jobs"]).Children).Value;
    }

    private static YamlMappingNode[] Steps(YamlMappingNode job) => [.. ((YamlSequenceNode)job["steps"]).Cast<YamlMappingNode>()];

    private static string? Text(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? value) ? ((YamlScalarNode)value).Value : null;
}
