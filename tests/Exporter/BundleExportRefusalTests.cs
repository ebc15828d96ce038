using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using Xunit;

namespace CxrOnnx.Exporter.Tests;

/// <summary>What an export refuses, before the long work where it can, and that nothing is lost then.</summary>
[Trait("Category", "slow")]
public sealed class BundleExportRefusalTests
{
    private readonly TinyModel _model = new();

    [Fact]
    public void Export_UnknownPrecision_IsRefusedWithTheKnownOnes() =>
        AssertRefused<InputException>("`precision` fp8: unknown; use fp32, fp16, int8", _model.Options with { Precision = "fp8" });

    [Fact]
    public void Export_MissingFiles_NamesAllOfThem()
    {
        string message = AssertRefused<InputException>(
            "`unet` nowhere.pth",
            _model.Options with
            {
                UNetPath = "nowhere.pth",
                GoldenPath = "no.safetensors",
                TokenizerPath = "none",
            }
        );
        Assert.Contains("`golden` no.safetensors", message, StringComparison.Ordinal);
        Assert.Contains("`tokenizer` none", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Export_CheckpointOfAnotherConfiguration_ListsEveryMismatch()
    {
        File.WriteAllText(
            _model.ConfigurationPath,
            File.ReadAllText(_model.ConfigurationPath).Replace("num_channels: [8, 16]", "num_channels: [8, 24]", StringComparison.Ordinal)
        );
        ArtifactException refusal = Assert.Throws<ArtifactException>(() => BundleExporter.Export(_model.Options));
        Assert.Matches("[1-9][0-9]+ of another shape", refusal.Message);
        Assert.Contains(
            "down_blocks.1.resnets.0.conv1.conv.weight [16, 8, 3, 3] instead of [24, 8, 3, 3]",
            refusal.InnerException!.Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "Infinity")]
    public void Export_NonFiniteWeight_NamesTheTensorAndLeavesNothing(float value, string shown)
    {
        string changed = _model.Change("unet.safetensors", "time_embed.2.weight", values => values[17] = value);
        string message = AssertRefused<ArtifactException>("'time_embed.2.weight'", _model.Options with { UNetPath = changed });
        Assert.Contains($"{shown} at element 17", message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateDirectories(_model.Folder));
    }

    [Fact]
    public void Export_FolderWithOtherFiles_IsNeverOverwritten()
    {
        Directory.CreateDirectory(_model.OutputPath);
        File.WriteAllText(Path.Combine(_model.OutputPath, "thesis.tex"), "years of work");
        AssertRefused<InputException>("is not overwritten", _model.Options with { Force = true });
        Assert.Equal("years of work", File.ReadAllText(Path.Combine(_model.OutputPath, "thesis.tex")));
    }

    [Fact]
    public void Export_ExistingBundle_NeedsForce()
    {
        BundleExporter.Export(_model.Options);
        File.WriteAllText(Path.Combine(_model.OutputPath, "leftover.txt"), "old");
        AssertRefused<InputException>("`force`", _model.Options);
        Assert.True(File.Exists(Path.Combine(_model.OutputPath, "leftover.txt")));
        BundleExporter.Export(_model.Options with { Force = true });
        Assert.False(File.Exists(Path.Combine(_model.OutputPath, "leftover.txt")));
        Assert.Equal(["bundle"], Directory.EnumerateDirectories(_model.Folder).Select(Path.GetFileName));
    }

    /// <summary>The message of an export that is refused for a reason.</summary>
    internal static string AssertRefused<TException>(string reason, BundleExportOptions options)
        where TException : Exception
    {
        string message = Assert.Throws<TException>(() => BundleExporter.Export(options)).Message;
        Assert.Contains(reason, message, StringComparison.Ordinal);
        return message;
    }
}
