using System.Text.Json.Nodes;
using CxrOnnx.Tests;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace CxrOnnx.Architecture.Tests.Kubernetes;

/// <summary><c>docs/deploy/kubernetes-job.yaml</c> is what the Kubernetes API wants, as far as it uses it.</summary>
[Trait("Category", "quick")]
public sealed class JobTests
{
    private static readonly string Job = File.ReadAllText(Path.Combine(Fixtures.Repository, "docs/deploy/kubernetes-job.yaml"));

    private static IReadOnlyList<string> Problems(string yaml) =>
        new SmallSchema(
            JsonNode.Parse(File.ReadAllText(Path.Combine(Fixtures.Repository, "tests/Architecture/Kubernetes/job.schema.json")))!.AsObject()
        ).Problems(yaml);

    [Fact]
    public void Job_Fields_AreThoseOfTheApi() => Assert.Empty(Problems(Job));

    [Theory]
    [InlineData("completionMode: Indexed", "completionMode: indexed", "'indexed' is none of")]
    [InlineData("completions: 16", "completions: \"16\"", "is a string, wanted a integer")]
    [InlineData("parallelism: 4", "parallel: 4", "there is no field 'parallel'")]
    [InlineData("restartPolicy: Never", "restartPolicy: Always", "'Always' is none of Never, OnFailure")]
    [InlineData("value: \"16\"", "value: 16", "is a integer, wanted a string")]
    [InlineData("memory: 8Gi", "memory: 8GB", "does not match")]
    [InlineData("      restartPolicy: Never\n", "", "'restartPolicy' is missing")]
    public void Job_WrongField_IsFound(string right, string wrong, string expected)
    {
        string changed = Job.Replace(right, wrong, StringComparison.Ordinal);

        Assert.NotEqual(Job, changed);
        Assert.Contains(Problems(changed), problem => problem.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Job_Numbers_BelongTogether()
    {
        YamlStream stream = [];
        stream.Load(new StringReader(Job));
        YamlNode spec = stream.Documents[0].RootNode["spec"];
        YamlNode pod = spec["template"]["spec"];
        YamlNode container = pod["containers"][0];
        int Number(YamlNode node) => int.Parse(node.ToString(), System.Globalization.CultureInfo.InvariantCulture);
        int parts = Number(spec["completions"]);

        Assert.Equal("Indexed", spec["completionMode"].ToString());
        Assert.Equal(
            parts,
            Number(((YamlSequenceNode)container["env"]).Children.Single(entry => entry["name"].ToString() == "JOB_COMPLETIONS")["value"])
        );
        Assert.InRange(Number(spec["parallelism"]), 1, parts);
        Assert.InRange(Number(spec["maxFailedIndexes"]), 0, parts);

        // backoffLimitPerIndex and the action FailIndex want an indexed job and this policy.
        Assert.Equal("Never", pod["restartPolicy"].ToString());
        Assert.Equal("1", container["resources"]["limits"]["nvidia.com/gpu"].ToString());
        IEnumerable<string> volumes = ((YamlSequenceNode)pod["volumes"]).Children.Select(volume => volume["name"].ToString());
        Assert.All(((YamlSequenceNode)container["volumeMounts"]).Children, mount => Assert.Contains(mount["name"].ToString(), volumes));
        Assert.Equal(container["name"].ToString(), spec["podFailurePolicy"]["rules"][0]["onExitCodes"]["containerName"].ToString());
    }
}
