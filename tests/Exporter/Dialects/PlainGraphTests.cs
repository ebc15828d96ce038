using CxrOnnx.Checkpoints.StateDicts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Exporter.Dialects;
using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Models;
using CxrOnnx.Exporter.Onnx;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Exporter.Tests.Dialects;

/// <summary>The plain graphs are what they were before there was another dialect: node by node those of the shipped bundle.</summary>
[Trait("Category", "quick")]
public class PlainGraphTests
{
    [Fact]
    public void PlainDialect_ConfigurationOfTheShippedBundle_GivesItsNodes()
    {
        string folder = Path.Combine(Fixtures.Repository, "models", "cxr-phantom");
        ModelConfiguration model = BundleManifestFile.Read(Path.Combine(folder, "bundle.json")).Model;
        PartWeights unet = new("unet", UNetStateDict.Shapes(model.UNet));
        (string File, GraphBuilder Graph)[] graphs =
        [
            ("unet.onnx", UNetGraph.Denoiser(model.UNet, unet)),
            ("unet_attention.onnx", UNetGraph.AttentionMaps(model.UNet, unet, model.Grounding.Layers)),
            (
                "vae_encoder.onnx",
                VaeEncoderGraph.Build(
                    PlainDialect.Instance,
                    model.Vae,
                    model.Image.LatentScale,
                    new PartWeights("vae", VaeStateDict.Shapes(model.Vae))
                )
            ),
        ];
        foreach ((string file, GraphBuilder graph) in graphs)
        {
            GraphProto want = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(folder, file))).Graph;
            GraphProto got = graph.Build("graph", "1.0.0", []).Model.Graph;
            Assert.Equal(want.Node.Select(node => node.ToString()), got.Node.Select(node => node.ToString()));
            Assert.Equal(want.Input, got.Input);
            Assert.Equal(want.Output, got.Output);
        }
    }
}
