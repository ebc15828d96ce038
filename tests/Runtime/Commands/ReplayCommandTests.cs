using System.Text.Json;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands;

/// <summary><c>cxr replay</c> on what <c>cxr ground</c> has written.</summary>
[Trait("Category", "slow")]
public sealed class ReplayCommandTests : GroundTest
{
    [Fact]
    public async Task Replay_SameFiles_PassesAndChangedHeatmapFails()
    {
        Assert.Equal(0, (await Ground(TestImages.Radiograph(Folder.Path), "left lower pneumonia")).Code);
        string result = Path.Combine(Out, "result.json");

        CliRun same = await CliTest.Run("replay", result, "--json");
        Assert.Equal(0, same.Code);
        using JsonDocument document = JsonDocument.Parse(same.Output);
        Assert.True(document.RootElement.GetProperty("same_trajectory").GetBoolean());
        Assert.Equal(0, document.RootElement.GetProperty("phrases")[0].GetProperty("max_abs").GetDouble());

        string heatmap = Path.Combine(Out, "chest.left-lower-pneumonia.heatmap.npy");
        (float[] values, int[] shape) = NpyFile.Read(heatmap);
        values[60 * 96] = 1 - values[60 * 96];
        NpyFile.Write(heatmap, values, shape);
        CliRun changed = await CliTest.Run("replay", result);
        Assert.Equal(1, changed.Code);
        Assert.Contains("\"left lower pneumonia\" differs by", changed.Error, StringComparison.Ordinal);

        TestImages.Radiograph(Folder.Path, width: 98);
        (await CliTest.Run("replay", result)).AssertRefused("is another file now");
    }

    [Fact]
    public async Task Replay_NoResult_IsRefused()
    {
        (await CliTest.Run("replay", Folder.File("none.json"))).AssertRefused("no such file");
        await File.WriteAllTextAsync(Folder.File("odd.json"), "{\"a\": 1}", TestContext.Current.CancellationToken);
        (await CliTest.Run("replay", Folder.File("odd.json"))).AssertRefused("not a result of 'cxr ground'");
    }
}
