using CxrOnnx.Exporter.Dialects;
using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Layers;
using CxrOnnx.Tests;
using Google.Protobuf;
using Xunit;

namespace CxrOnnx.Exporter.Tests.Layers;

/// <summary>Layers against their formulas in double precision, without reference files.</summary>
[Trait("Category", "quick")]
public class LayerTests
{
    // Inputs are of order 1 and sums short: single precision leaves about 1e-6.
    private const double Tolerance = 1e-5;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Attention_AnyNumberOfHeads_EqualsFormula(int heads)
    {
        const int Batch = 2,
            Queries = 5,
            Keys = 7,
            Channels = 6;
        GraphBuilder graph = new(PlainDialect.Instance);
        (Value attended, Value probabilities) = Attention.Add(
            Module(graph),
            graph.Input("q", "float32", "batch", "queries", "6"),
            graph.Input("k", "float32", "batch", "keys", "6"),
            graph.Input("v", "float32", "batch", "keys", "6"),
            heads,
            Channels / heads
        );
        graph.Output("attended", attended, "batch", "queries", "6");
        graph.Output("probabilities", probabilities, "batch", "queries", "keys");
        TestTensor q = TestTensor.Random(1, Batch, Queries, Channels);
        TestTensor k = TestTensor.Random(2, Batch, Keys, Channels);
        TestTensor v = TestTensor.Random(3, Batch, Keys, Channels);
        IReadOnlyDictionary<string, TestTensor> got = Run(graph, ("q", q), ("k", k), ("v", v));

        float[] wantedAttended = new float[Batch * Queries * Channels];
        float[] wantedProbabilities = new float[Batch * Queries * Keys];
        int size = Channels / heads;
        for (int b = 0; b < Batch; b++)
        {
            for (int head = 0; head < heads; head++)
            {
                for (int i = 0; i < Queries; i++)
                {
                    double[] scores =
                    [
                        .. Enumerable
                            .Range(0, Keys)
                            .Select(j =>
                                Math.Exp(
                                    Enumerable
                                        .Range(head * size, size)
                                        .Sum(c =>
                                            (double)q.Floats[(b * Queries + i) * Channels + c] * k.Floats[(b * Keys + j) * Channels + c]
                                        ) / Math.Sqrt(size)
                                )
                            ),
                    ];
                    for (int j = 0; j < Keys; j++)
                    {
                        double probability = scores[j] / scores.Sum();
                        wantedProbabilities[(b * Queries + i) * Keys + j] += (float)(probability / heads);
                        for (int c = head * size; c < (head + 1) * size; c++)
                        {
                            wantedAttended[(b * Queries + i) * Channels + c] += (float)(
                                probability * v.Floats[(b * Keys + j) * Channels + c]
                            );
                        }
                    }
                }
            }
        }

        Parity.AssertClose(new TestTensor(wantedAttended, [Batch, Queries, Channels]), got["attended"], Tolerance, name: "attended");
        Parity.AssertClose(
            new TestTensor(wantedProbabilities, [Batch, Queries, Keys]),
            got["probabilities"],
            Tolerance,
            name: "probabilities"
        );
    }

    [Fact]
    public void GroupNormalization_NonSquareBatch_EqualsFormula()
    {
        const int Batch = 2,
            Channels = 6,
            Height = 3,
            Width = 5,
            Groups = 3;
        TestTensor x = TestTensor.Random(4, Batch, Channels, Height, Width);
        TestTensor scale = TestTensor.Random(5, Channels, 1, 1);
        TestTensor bias = TestTensor.Random(6, Channels, 1, 1);
        GraphBuilder graph = new(PlainDialect.Instance);
        PartWeights weights = new(
            "unet",
            new Dictionary<string, IReadOnlyList<long>> { ["n.weight"] = [Channels], ["n.bias"] = [Channels] }
        );
        Value y = Normalization.Group(new Module(graph, weights)["n"], graph.Input("x", "float32", "batch", "6", "h", "w"), Groups);
        graph.Output("y", y, "batch", "6", "h", "w");
        TestTensor got = Run(graph, new Dictionary<string, TestTensor> { ["unet.n.weight"] = scale, ["unet.n.bias"] = bias }, ("x", x))[
            "y"
        ];

        float[] wanted = new float[x.Floats.Length];
        int group = Channels / Groups * Height * Width;
        for (int start = 0; start < wanted.Length; start += group)
        {
            double mean = x.Floats.AsSpan(start, group).ToArray().Average(value => (double)value);
            double variance = x.Floats.AsSpan(start, group).ToArray().Average(value => (value - mean) * (value - mean));
            for (int i = start; i < start + group; i++)
            {
                int channel = i / (Height * Width) % Channels;
                wanted[i] = (float)((x.Floats[i] - mean) / Math.Sqrt(variance + 1e-6) * scale.Floats[channel] + bias.Floats[channel]);
            }
        }

        Parity.AssertClose(new TestTensor(wanted, x.Shape), got, Tolerance, name: "group norm");
    }

    [Fact]
    public void Activations_EqualFormulas()
    {
        GraphBuilder graph = new(PlainDialect.Instance);
        Value x = graph.Input("x", "float32", "n");
        graph.Output("silu", Activation.Silu(Module(graph)["a"], x), "n");
        graph.Output("quick_gelu", Activation.QuickGelu(Module(graph)["b"], x), "n");
        graph.Output("gelu", Activation.Gelu(Module(graph)["c"], x), "n");
        float[] values = [-3, -1, 0, 0.5f, 2];
        IReadOnlyDictionary<string, TestTensor> got = Run(graph, ("x", new TestTensor(values, [5])));
        AssertFormula(got["silu"], value => value / (1 + Math.Exp(-value)));
        AssertFormula(got["quick_gelu"], value => value / (1 + Math.Exp(-1.702 * value)));
        // Phi(-3), Phi(-1), Phi(0), Phi(0.5), Phi(2) of the standard normal distribution, from tables.
        double[] phi = [0.001349898, 0.158655254, 0.5, 0.691462461, 0.977249868];
        Parity.AssertClose(
            new TestTensor(values.Zip(phi, (value, p) => (float)(value * p)).ToArray(), [5]),
            got["gelu"],
            Tolerance,
            name: "gelu"
        );

        void AssertFormula(TestTensor tensor, Func<double, double> formula) =>
            Parity.AssertClose(new TestTensor(values.Select(value => (float)formula(value)).ToArray(), [5]), tensor, Tolerance);
    }

    private static Module Module(GraphBuilder graph) => new(graph, new PartWeights("unet", new Dictionary<string, IReadOnlyList<long>>()));

    private static IReadOnlyDictionary<string, TestTensor> Run(GraphBuilder graph, params (string, TestTensor)[] inputs) =>
        Run(graph, [], inputs);

    private static IReadOnlyDictionary<string, TestTensor> Run(
        GraphBuilder graph,
        Dictionary<string, TestTensor> weights,
        params (string, TestTensor)[] inputs
    )
    {
        OnnxGraph built = graph.Build("test", "1.0.0", []);
        foreach (Onnx.TensorProto tensor in built.Model.Graph.Initializer)
        {
            if (!weights.TryGetValue(tensor.Name, out TestTensor? weight))
            {
                continue;
            }

            tensor.ClearDataLocation();
            tensor.RawData = ByteString.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(weight.Floats));
        }

        string path = Path.Combine(TestRunFolder.Create(), "test.onnx");
        File.WriteAllBytes(path, built.Model.ToByteArray());
        using OrtGraph session = new(path);
        return session.Run(inputs);
    }
}
