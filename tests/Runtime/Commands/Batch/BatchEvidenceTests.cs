using System.Text.Json;
using System.Text.Json.Nodes;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands.Batch;

/// <summary>The lines of a batch with the preset <c>evidence</c>.</summary>
[Trait("Category", "slow")]
public sealed class BatchEvidenceTests : BatchTest
{
    public BatchEvidenceTests() =>
        File.WriteAllText(
            At("m.csv"),
            "image,phrase\nimages/a.png,left lower pneumonia\nimages/b.png,pneumonia\nimages/a.png,cardiomegaly\n"
        );

    private Task<CliRun> Evidence(params string[] arguments) =>
        CliTest.Run(["batch", At("m.csv"), "--out", At("out"), "--bundle", EvidenceBundle.Folder, "--preset", "evidence", .. arguments]);

    [Fact]
    public async Task Batch_Evidence_HasTheScoresOfTheResultDocument()
    {
        CliRun run = await Evidence("--csv");
        Assert.True(run.Code == 0, run.Error);
        CliRun ground = await CliTest.Run(
            "ground",
            At("images/a.png"),
            "left lower pneumonia",
            "cardiomegaly",
            "--bundle",
            EvidenceBundle.Folder,
            "--preset",
            "evidence",
            "--out",
            At("ground")
        );
        Assert.True(ground.Code == 0, ground.Error);

        JsonElement[] lines = Lines(Results);
        JsonElement[] documents =
        [
            .. JsonDocument.Parse(File.ReadAllText(At("ground/result.json"))).RootElement.GetProperty("phrases").EnumerateArray(),
        ];
        foreach ((JsonElement line, JsonElement document) in new[] { lines[0], lines[1] }.Zip(documents))
        {
            Assert.Equal(document.GetProperty("phrase").GetString(), line.GetProperty("phrase").GetString());
            JsonElement want = document.GetProperty("evidence");
            JsonElement got = line.GetProperty("evidence");
            Assert.Equal(want.EnumerateObject().Select(property => property.Name), got.EnumerateObject().Select(property => property.Name));
            Assert.Equal(want.GetProperty("score").GetDouble(), got.GetProperty("score").GetDouble(), 1e-4);
        }

        JsonElement side = lines[0].GetProperty("evidence");
        Assert.Equal("right lower pneumonia", side.GetProperty("other_side").GetString());
        Assert.Equal(0, side.GetProperty("places_asked").GetInt32());
        CsvTable table = CsvTable.Load(At("out/results.csv"));
        Assert.Equal(side.GetProperty("score").GetDouble(), table.Number(table.Rows[0], "evidence_score"));
        Assert.Equal("right lower pneumonia", table.Text(table.Rows[0], "evidence_other_side"));
        Assert.Equal(side.GetProperty("other_side_score").GetDouble(), table.Number(table.Rows[0], "evidence_other_side_score"));
    }

    [Fact]
    public async Task Batch_EvidenceOfAPhraseWithoutPlace_NamesThePlaceThatWasGrounded()
    {
        Assert.Equal(0, (await Evidence("--csv")).Code);

        JsonElement line = Lines(Results).Single(item => item.GetProperty("phrase").GetString() == "pneumonia");
        int asked = line.GetProperty("evidence").GetProperty("places_asked").GetInt32();
        string grounded = line.GetProperty("grounded").GetString()!;
        Assert.True(asked > 10);
        Assert.EndsWith(" pneumonia", grounded, StringComparison.Ordinal);
        CsvTable table = CsvTable.Load(At("out/results.csv"));
        CsvTable.Row row = table.Rows.Single(item => table.Text(item, "phrase") == "pneumonia");
        Assert.Equal(asked, table.Number(row, "evidence_places_asked"));
        Assert.Equal(grounded, table.Text(row, "standard_prompt"));
        Assert.Equal("", table.Text(row, "evidence_other_side"));
    }

    [Fact]
    public async Task Merge_EvidenceParts_GivesTheBytesOfTheWhole()
    {
        Assert.Equal(0, (await Evidence("--shard", "1/2")).Code);
        Assert.Equal(0, (await Evidence("--shard", "2/2")).Code);
        CliRun merge = await Merge("--csv");
        Assert.True(merge.Code == 0, merge.Error);
        (byte[] lines, byte[] table) = (File.ReadAllBytes(Results), File.ReadAllBytes(At("out/results.csv")));
        Directory.Move(At("out"), At("parts"));

        Assert.Equal(0, (await Evidence("--csv")).Code);

        Assert.Equal(File.ReadAllBytes(Results), lines);
        Assert.Equal(File.ReadAllBytes(At("out/results.csv")), table);
    }

    [Fact]
    public async Task Resume_BatchOfAVersionWithoutScores_IsRefused()
    {
        Assert.Equal(0, (await Evidence()).Code);
        string path = At("out/batch.json");
        JsonNode begun = JsonNode.Parse(File.ReadAllText(path))!;
        string recipe = EvidenceBundle.Recipe.Fingerprint;
        begun["settings"]!["evidence"] = recipe;
        File.WriteAllText(path, begun.ToJsonString());
        byte[] before = File.ReadAllBytes(Results);

        (await Evidence("--resume")).AssertRefused($"was begun with --evidence {recipe}, not {recipe} with scores in its lines");
        Assert.Equal(before, File.ReadAllBytes(Results));
    }

    [Fact]
    public async Task Batch_PresetOfAttention_HasNoEvidence()
    {
        CliRun run = await CliTest.Run(
            "batch",
            At("m.csv"),
            "--out",
            At("out"),
            "--bundle",
            EvidenceBundle.Folder,
            "--preset",
            "turbo",
            "--csv"
        );

        Assert.True(run.Code == 0, run.Error);
        Assert.All(Lines(Results), line => Assert.False(line.TryGetProperty("evidence", out _)));
        CsvTable table = CsvTable.Load(At("out/results.csv"));
        Assert.All(table.Rows, row => Assert.Equal("", table.Text(row, "evidence_score")));
        Assert.DoesNotContain("evidence\"", File.ReadAllText(At("out/batch.json")), StringComparison.Ordinal);
    }
}
