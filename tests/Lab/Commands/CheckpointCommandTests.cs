using System.Text.Json;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Lab.Tests.Commands;

/// <summary><c>cxr-lab checkpoint</c> on a file of two models.</summary>
[Trait("Category", "quick")]
public sealed class CheckpointCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _path;

    public CheckpointCommandTests()
    {
        byte[] head =
        [
            .. "{\"unet.a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"u8,
            .. "\"ema_unet.a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}"u8,
        ];
        _path = _folder.Write(
            "two.safetensors",
            [.. BitConverter.GetBytes((long)head.Length), .. head, .. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(2f)]
        );
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null, "unet", 1)]
    [InlineData("unet", "unet", 1)]
    [InlineData("ema_unet", "ema_unet", 2)]
    public async Task Checkpoint_Key_ChoosesTheTensorsAndIsInTheJson(string? key, string expected, double value)
    {
        LabRun run = await LabRun.Of(["checkpoint", _path, "--json", .. key is null ? Array.Empty<string>() : ["--key", key]]);

        Assert.Equal(0, run.ExitCode);
        using JsonDocument document = JsonDocument.Parse(run.Output);
        Assert.Equal(expected, document.RootElement.GetProperty("key").GetString());
        JsonElement tensor = Assert.Single(document.RootElement.GetProperty("tensors").EnumerateArray());
        Assert.Equal(("a", value), (tensor.GetProperty("name").GetString(), tensor.GetProperty("min").GetDouble()));
    }

    [Fact]
    public async Task Checkpoint_KeyBehindThePath_IsTheSame() =>
        Assert.Contains("2 .. 2", (await LabRun.Of("checkpoint", $"{_path}#ema_unet")).Output, StringComparison.Ordinal);

    [Theory]
    [InlineData("vae", "--key vae: no tensor's name begins with 'vae.'")]
    public async Task Checkpoint_UnknownKey_IsRefused(string key, string expected)
    {
        LabRun run = await LabRun.Of("checkpoint", _path, "--key", key);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, Assert.Single(run.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Checkpoint_TwoKeys_AreRefused()
    {
        LabRun run = await LabRun.Of("checkpoint", $"{_path}#unet", "--key", "ema_unet");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--key ema_unet: two keys; give one", run.Error, StringComparison.Ordinal);
    }
}
