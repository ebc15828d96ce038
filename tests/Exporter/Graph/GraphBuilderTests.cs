using CxrOnnx.Exporter.Dialects;
using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Onnx;
using Xunit;

namespace CxrOnnx.Exporter.Tests.Graph;

[Trait("Category", "quick")]
public class GraphBuilderTests
{
    [Fact]
    public void Build_NodesWithoutWayToAnOutput_AreLeftOut()
    {
        GraphBuilder graph = new(PlainDialect.Instance);
        Value x = graph.Input("x", "float32", "batch", "4");
        Value y = graph.Node("/a", "Relu", [x]);
        Value unused = graph.Node(
            "/b",
            "Mul",
            [y, graph.Weight(new StoredWeight("unet.unused", "unet", "unused", WeightLayout.AsIs, [4]))]
        );
        graph.Node("/c", "Add", [unused, graph.Scalar(3)]);
        graph.Output(
            "y",
            graph.Node("/d", "Add", [y, graph.Weight(new StoredWeight("unet.used", "unet", "used", WeightLayout.AsIs, [4]))]),
            "batch",
            "4"
        );
        OnnxGraph built = graph.Build("test", "1.2.3", [new("key", "value")]);
        Assert.Equal(["/a/Relu", "/d/Add"], built.Model.Graph.Node.Select(node => node.Name));
        Assert.Equal(["unet.used"], built.Model.Graph.Initializer.Select(tensor => tensor.Name));
        Assert.Equal(["unet.used"], built.Weights.Select(weight => weight.Name));
        Assert.Equal("y", built.Model.Graph.Node[^1].Output[0]);
    }

    [Fact]
    public void Build_OutputThatIsAlsoAnInputOfANode_IsRenamedInBothPlaces()
    {
        GraphBuilder graph = new(PlainDialect.Instance);
        Value inner = graph.Node("/a", "Relu", [graph.Input("x", "float32", "4")]);
        graph.Output("outer", graph.Node("/a", "Relu", [inner]), "4");
        graph.Output("inner", inner, "4");
        GraphProto built = graph.Build("test", "1.2.3", []).Model.Graph;
        Assert.Equal(["/a/Relu", "/a/Relu_1"], built.Node.Select(node => node.Name));
        Assert.Equal("inner", built.Node[0].Output[0]);
        Assert.Equal("inner", built.Node[1].Input[0]);
    }

    [Fact]
    public void Build_SameConstantTwice_IsStoredOnce()
    {
        GraphBuilder graph = new(PlainDialect.Instance);
        Value x = graph.Input("x", "float32", "4");
        graph.Output("y", graph.Node("/a", "Add", [graph.Node("/a", "Mul", [x, graph.Scalar(0.5f)]), graph.Scalar(0.5f)]), "4");
        Assert.Single(graph.Build("test", "1.2.3", []).Model.Graph.Initializer);
    }

    [Fact]
    public void PlaceWeights_KnownOffsets_PointsIntoTheFile()
    {
        GraphBuilder graph = new(PlainDialect.Instance);
        Value x = graph.Input("x", "float32", "2", "3");
        graph.Output(
            "y",
            graph.Node("/a", "MatMul", [x, graph.Weight(new StoredWeight("unet.w.T", "unet", "w", WeightLayout.Transposed, [3, 5]))]),
            "2",
            "5"
        );
        OnnxGraph built = graph.Build("test", "1.2.3", []);
        built.PlaceWeights("weights.safetensors", new Dictionary<string, long> { ["unet.w.T"] = 8192 });
        TensorProto tensor = Assert.Single(built.Model.Graph.Initializer);
        Assert.Equal(TensorProto.Types.DataLocation.External, tensor.DataLocation);
        Assert.Equal(
            [("location", "weights.safetensors"), ("offset", "8192"), ("length", "60")],
            tensor.ExternalData.Select(entry => (entry.Key, entry.Value))
        );
    }

    [Fact]
    public void Build_EveryGraph_StatesOpsetAndVersion()
    {
        GraphBuilder graph = new(PlainDialect.Instance);
        graph.Output("y", graph.Node("/a", "Relu", [graph.Input("x", "float32", "4")]), "4");
        ModelProto model = graph.Build("test", "1.2.3", []).Model;
        Assert.Equal(8, model.IrVersion);
        Assert.Equal(("", 17L), (model.OpsetImport[0].Domain, model.OpsetImport[0].Version));
        Assert.Equal("1.2.3", model.ProducerVersion);
    }
}
