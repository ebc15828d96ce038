using System.Diagnostics;
using System.Text.Json;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding;

/// <summary><c>grounding.onnx</c>, the whole grounding in one graph, against the runtime that composes it of four.</summary>
[Trait("Category", "process")]
public class FusedGraphTests
{
    private static readonly string[] Phrases = ["left lower pneumonia", "right pneumothorax", "cardiomegaly"];

    // Otsu (random maps are far from two classes, so pixels sit on both sides of the threshold), one step only, no inversion at all, no
    // filter, a filter wider than the map.
    [Theory]
    [InlineData(1, "otsu: false", "otsu: false")]
    [InlineData(3, "otsu: false", "otsu: false")]
    [InlineData(3, "otsu: false", "otsu: true")]
    [InlineData(2, "step_range: [4, 6]", "step_range: [9, 10]")]
    [InlineData(2, "step_range: [4, 6]", "step_range: [0, 1]")]
    [InlineData(2, "gaussian_sigma: 1.0", "gaussian_sigma: 0")]
    [InlineData(2, "gaussian_sigma: 1.0", "gaussian_sigma: 20")]
    [InlineData(2, "layers: [1, 2]", "layers: [0, 3]")]
    public void Run_Fused_EqualsTheRuntime(int prompts, string from, string to)
    {
        using Bundle bundle = Bundle.Open(TinyModelBundle.Export(fused: true, from, to));
        using GroundingModel model = GroundingModel.Load(bundle, GroundingPipelineReferenceTests.Options);
        GridSize size = new(32, 48);
        float[] image = FusedCase.Image(size);

        FusedCase fused = FusedCase.Of(model, image, size, Phrases[..prompts]);
        float[] expected = fused.Heatmaps;
        GraphTensor heatmap = model.Run("grounding", fused.Inputs, ["heatmap"], GroundingPipelineReferenceTests.Cancellation)[0];

        Assert.Equal([prompts, 32, 48], heatmap.Shape);
        bool otsu = to == "otsu: true";
        int outside = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            if (otsu && expected[i] == 0 != (heatmap.Floats![i] == 0))
            {
                outside++;
            }
            else
            {
                Assert.Equal(expected[i], heatmap.Floats![i], 2e-4f);
            }
        }

        Assert.True(outside <= expected.Length / 500, $"{outside} pixels on the other side of the threshold");
        if (otsu)
        {
            Assert.InRange(expected.Count(value => value == 0), expected.Length / 10, expected.Length * 9 / 10);
        }

        Assert.Equal(1, expected.Max());
    }

    [Fact]
    public void Export_Fused_IsListedWithTheContractsTensors()
    {
        BundleManifest manifest = BundleManifestFile.Read(Path.Combine(TinyModelBundle.Fused, "bundle.json"));
        BundleGraph graph = manifest.Graphs["grounding"];
        Assert.Equal("grounding.onnx", graph.File);
        Assert.Equal(
            [
                "image float32 [1, 1, image_height, image_width]",
                "input_ids int64 [prompts, 77]",
                "uncond_input_ids int64 [1, 77]",
                "token_mask float32 [prompts, 77]",
            ],
            graph.Inputs.Select(Words)
        );
        Assert.Equal(["heatmap float32 [prompts, image_height, image_width]"], graph.Outputs.Select(Words));
        Assert.Contains("grounding.onnx", manifest.Files.Select(file => file.Path));

        static string Words(BundleTensor tensor) => $"{tensor.Name} {tensor.DataType} [{string.Join(", ", tensor.Shape)}]";
    }

    [Theory]
    [InlineData("grounding.onnx", null)]
    [InlineData("grounding_evidence.onnx", "fast")]
    public void Export_Fused_PassesTheOnnxChecker(string file, string? evidence)
    {
        const string Python = "/usr/bin/python3";
        Assert.SkipUnless(File.Exists(Python) && Start(Python, ["-c", "import onnx"]).Code == 0, "python3-onnx is not installed");
        // A bundle of its own: the full check writes the inferred shapes back into the file it checks.
        string graph = Path.Combine(TinyModelBundle.Export(fused: true, evidence: evidence), file);
        string domains = Start(
            Python,
            [
                "-c",
                $"import onnx; m = onnx.load(r'{graph}', load_external_data=False); print([(o.domain, o.version) for o in m.opset_import])",
            ]
        ).Output;
        (int code, _, string error) = Start(Python, ["-c", $"import onnx; onnx.checker.check_model(r'{graph}', full_check=True)"]);
        Assert.True(code == 0, error);
        Assert.Equal("[('', 17)]", domains.Trim());
    }

    [Fact]
    public void Run_FusedFromNode_EqualsTheRuntime()
    {
        Assert.SkipUnless(
            NodeHasOnnxRuntime(),
            "node with onnxruntime-node was not found: npm i onnxruntime-node --ignore-scripts, and let NODE_PATH name its node_modules"
        );
        using Bundle bundle = Bundle.Open(TinyModelBundle.Fused);
        using GroundingModel model = GroundingModel.Load(bundle, GroundingPipelineReferenceTests.Options);
        GridSize size = new(32, 48);
        FusedCase fused = FusedCase.Of(model, FusedCase.Image(size), size, Phrases);
        float[] expected = fused.Heatmaps;
        string request = Path.Combine(TestRunFolder.Create(), "request.json");
        File.WriteAllText(
            request,
            JsonSerializer.Serialize(
                fused.Inputs.ToDictionary(
                    input => input.Name,
                    input => new
                    {
                        shape = input.Shape,
                        type = input.DataType,
                        data = input.Floats is { } floats ? (object)floats : input.Integers!,
                    }
                )
            )
        );

        // Nothing but the graph file and its four inputs: no code of this project.
        const string Client = """
            const ort = require('onnxruntime-node');
            const request = JSON.parse(require('fs').readFileSync(process.argv[2]));
            const feeds = {};
            for (const [name, t] of Object.entries(request))
              feeds[name] = new ort.Tensor(
                t.type, t.type === 'int64' ? BigInt64Array.from(t.data.map(BigInt)) : Float32Array.from(t.data), t.shape);
            ort.InferenceSession.create(process.argv[1])
              .then(session => session.run(feeds))
              .then(result => console.log(JSON.stringify({ shape: result.heatmap.dims, data: Array.from(result.heatmap.data) })));
            """;
        (int code, string output, string error) = Start(
            "node",
            ["-e", Client, Path.Combine(TinyModelBundle.Fused, "grounding.onnx"), request]
        );

        Assert.True(code == 0, error);
        using JsonDocument answer = JsonDocument.Parse(output);
        Assert.Equal([3, 32, 48], answer.RootElement.GetProperty("shape").EnumerateArray().Select(side => side.GetInt32()));
        float[] got = [.. answer.RootElement.GetProperty("data").EnumerateArray().Select(value => value.GetSingle())];
        Assert.Equal(expected.Length, got.Length);
        for (int i = 0; i < got.Length; i++)
        {
            Assert.Equal(expected[i], got[i], 2e-4f);
        }
    }

    private static bool NodeHasOnnxRuntime()
    {
        try
        {
            return Start("node", ["-e", "require('onnxruntime-node')"]).Code == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static (int Code, string Output, string Error) Start(string program, string[] arguments)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        Task<string> error = process.StandardError.ReadToEndAsync(GroundingPipelineReferenceTests.Cancellation);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }
}
