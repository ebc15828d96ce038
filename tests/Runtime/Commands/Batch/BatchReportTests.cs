using System.Text.Json;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands.Batch;

/// <summary>Reports in a manifest.</summary>
[Trait("Category", "slow")]
public sealed class BatchReportTests : BatchTest
{
    [Fact]
    public async Task Batch_FindingOfAReport_SaysWhatTheReportSaysOfIt()
    {
        File.WriteAllText(At("b.txt"), "Findings: Possible right pleural effusion. No pneumothorax.");
        Assert.Equal(0, (await Batch()).Code);

        JsonElement[] lines = Lines(Results);
        Assert.Equal(
            ("b.txt", true, false),
            (
                lines[2].GetProperty("report").GetString(),
                lines[2].GetProperty("uncertain").GetBoolean(),
                lines[2].GetProperty("denied").GetBoolean()
            )
        );
        Assert.Contains("Possible right pleural effusion", lines[2].GetProperty("sentence").GetString(), StringComparison.Ordinal);
        Assert.False(lines[0].TryGetProperty("sentence", out _));
        Assert.False(lines[0].TryGetProperty("findings", out _));
    }

    [Fact]
    public async Task Batch_NormalReport_IsALineAndDone()
    {
        File.WriteAllText(At("b.txt"), "Findings: The lungs are clear. No pneumothorax.");
        CliRun run = await Batch();

        Assert.Equal(0, run.Code);
        Assert.Contains("results.jsonl: 2 phrases on 1 image grounded, 1 report without findings", run.Output, StringComparison.Ordinal);
        JsonElement line = Lines(Results)[2];
        Assert.Equal(
            ("images/b.png", "", "b.txt", 0),
            (
                line.GetProperty("image").GetString(),
                line.GetProperty("phrase").GetString(),
                line.GetProperty("report").GetString(),
                line.GetProperty("findings").GetInt32()
            )
        );
        byte[] before = File.ReadAllBytes(Results);
        Assert.Equal(0, (await Batch("--resume")).Code);
        Assert.Equal(before, File.ReadAllBytes(Results));
    }

    [Theory]
    [InlineData(null, "b.txt: no such file")]
    [InlineData("Los pulmones están claros. No se observa neumotórax ni derrame pleural en la radiografía.", "b.txt: ")]
    public async Task Batch_RefusedReport_IsALineOfItsImageAndTriedAgain(string? report, string expected)
    {
        File.Delete(At("b.txt"));
        if (report is not null)
        {
            File.WriteAllText(At("b.txt"), report);
        }

        CliRun run = await Batch("--keep-going");

        Assert.Equal(2, run.Code);
        Assert.Contains("results.jsonl: 2 phrases on 1 image grounded", run.Output, StringComparison.Ordinal);
        Assert.Contains("error: 1 report has no answer, the first: ", run.Error, StringComparison.Ordinal);
        JsonElement line = Lines(Results)[2];
        Assert.Equal(("images/b.png", "b.txt"), (line.GetProperty("image").GetString(), line.GetProperty("report").GetString()));
        Assert.Contains(expected, line.GetProperty("error").GetString(), StringComparison.Ordinal);

        File.WriteAllText(At("b.txt"), "Findings: Right pleural effusion.");
        Assert.Equal(0, (await Batch("--resume")).Code);
        Assert.Equal("right pleural effusion", Lines(Results)[2].GetProperty("phrase").GetString());
        Assert.Equal(3, Lines(Results).Length);
    }
}
