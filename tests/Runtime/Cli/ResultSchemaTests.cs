using System.Text.Json.Nodes;
using CxrOnnx.Tests;
using CxrOnnx.Workflows.Results;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Cli;

/// <summary>The published schema of the result document is that of the code, and a result of the command fits it.</summary>
[Trait("Category", "quick")]
public sealed class ResultSchemaTests
{
    private static readonly string File = Path.Combine(Fixtures.Repository, "docs", "schemas", "result.schema.json");

    [Fact]
    public void SchemaFile_IsTheOneTheCodeGives()
    {
        string schema = GroundResultFile.Schema();
        if (Environment.GetEnvironmentVariable("CXRONNX_WRITE_SCHEMA") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(File)!);
            System.IO.File.WriteAllText(File, schema);
        }

        Assert.Equal(schema, System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void Schema_NamesItsVersionAndRequiresWhatEveryResultHas()
    {
        JsonNode schema = JsonNode.Parse(System.IO.File.ReadAllText(File))!;
        string[] required = [.. schema["required"]!.AsArray().Select(name => name!.GetValue<string>())];

        Assert.Equal("urn:cxronnx:result:1", schema["$id"]!.GetValue<string>());
        Assert.Contains("phrases", required);
        Assert.Contains("trajectory_sha256", required);
        Assert.DoesNotContain("report", required);
        JsonObject phrase = schema["properties"]!["phrases"]!["items"]!["properties"]!.AsObject();
        Assert.All(
            ["uncertain", "sentence", "denied", "boxes", "confidence", "region"],
            name => Assert.True(phrase.ContainsKey(name), name)
        );
    }
}
