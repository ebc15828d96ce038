using System.Text.Json;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Exporter.Tests;

/// <summary>Every per-graph case of the parity files, with the tolerances they carry.</summary>
[Trait("Category", "slow")]
public class GoldenTests
{
    [Theory]
    [InlineData("tuned", "text_encoder", 1)]
    [InlineData("tuned", "vae_encoder", 1)]
    [InlineData("tuned", "denoiser", 6)]
    [InlineData("tuned", "attention", 1)]
    [InlineData("frozen", "text_encoder", 1)]
    [InlineData("frozen", "vae_encoder", 1)]
    [InlineData("frozen", "denoiser", 6)]
    [InlineData("frozen", "attention", 1)]
    public void Graph_GoldenCases_EqualReference(string variant, string graph, int cases)
    {
        using SafetensorsFile golden = SafetensorsFile.Open(ParityFile.Path(variant));
        JsonElement tolerance = JsonDocument.Parse(golden.Metadata[$"tolerance.{graph}"]).RootElement;
        using OrtGraph session = new(
            Path.Combine(variant == "tuned" ? ReferenceBundles.Tuned : ReferenceBundles.Frozen, BundleLayout.FileOf(graph))
        );
        var tensors = golden
            .Tensors.Keys.Select(name => name.Split('/'))
            .Where(parts => parts[0] == graph)
            .GroupBy(parts => parts[1])
            .ToArray();
        Assert.Equal(cases, tensors.Length);
        foreach (IGrouping<string, string[]> tensorsOfCase in tensors)
        {
            IReadOnlyDictionary<string, TestTensor> got = session.Run([
                .. tensorsOfCase
                    .Where(parts => parts[2] == "in")
                    .Select(parts => (parts[3], TestTensor.Of(golden, string.Join('/', parts)))),
            ]);
            string[][] outputs = [.. tensorsOfCase.Where(parts => parts[2] == "out")];
            Assert.Equal(got.Keys.Order(StringComparer.Ordinal), outputs.Select(parts => parts[3]).Order(StringComparer.Ordinal));
            foreach (string[] parts in outputs)
            {
                string name = string.Join('/', parts);
                Parity.AssertClose(
                    TestTensor.Of(golden, name),
                    got[parts[3]],
                    tolerance.GetProperty("atol").GetDouble(),
                    tolerance.GetProperty("rtol").GetDouble(),
                    name
                );
            }
        }
    }
}
