using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using Xunit;

namespace CxrOnnx.Server.Tests.Inference;

/// <summary>The Open Inference Protocol, against the golden cases of the bundle.</summary>
[Trait("Category", "slow")]
public sealed class InferenceTests : IAsyncLifetime
{
    private TestService _service = null!;

    private HttpClient Client => _service.Client;

    public async ValueTask InitializeAsync() => _service = await TestService.StartAsync();

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    private static (float[] Values, long[] Shape) Golden(string tensor)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(TestService.Bundle, "golden.safetensors"));
        return (file.ReadFloat32(tensor), [.. file.Tensors[tensor].Shape]);
    }

    private static JsonObject Input(string name, string type, long[] shape, JsonNode data) =>
        new()
        {
            ["name"] = name,
            ["datatype"] = type,
            ["shape"] = new JsonArray([.. shape.Select(value => JsonValue.Create(value))]),
            ["data"] = data,
        };

    private static JsonArray Array<T>(IEnumerable<T> values) => new([.. values.Select(value => JsonValue.Create(value))]);

    [Fact]
    public async Task Metadata_NamesAndShapes_AreThoseOfTheGraphs()
    {
        JsonElement server = await TestService.JsonAsync(await Client.GetAsync("/v2"));
        Assert.Equal("binary_tensor_data", server.GetProperty("extensions")[0].GetString());
        string id = BundleManifestFile.Read(Path.Combine(TestService.Bundle, "bundle.json")).Id;
        JsonElement denoiser = await TestService.JsonAsync(await Client.GetAsync($"/v2/models/tiny.denoiser/versions/{id}"));

        Assert.Equal(
            ["sample", "timestep", "encoder_hidden_states"],
            denoiser.GetProperty("inputs").EnumerateArray().Select(input => input.GetProperty("name").GetString()!)
        );
        Assert.Equal("INT64", denoiser.GetProperty("inputs")[1].GetProperty("datatype").GetString());
        Assert.Equal(
            [-1, 3, -1, -1],
            denoiser.GetProperty("inputs")[0].GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())
        );
        Assert.Equal(id, denoiser.GetProperty("versions")[0].GetString());
        Assert.Equal(
            "cxr_grounding",
            (await TestService.JsonAsync(await Client.GetAsync("/v2/models/tiny"))).GetProperty("platform").GetString()
        );
        Assert.True((await TestService.JsonAsync(await Client.GetAsync("/v2/models/attention/ready"))).GetProperty("ready").GetBoolean());
        Assert.True((await TestService.JsonAsync(await Client.GetAsync("/v2/health/live"))).GetProperty("live").GetBoolean());
        await TestService.AssertProblemAsync(await Client.GetAsync("/v2/models/tiny.unet"), 404, "model-unknown");
        await TestService.AssertProblemAsync(await Client.GetAsync("/v2/models/tiny/versions/1"), 404, "version-unknown");
    }

    [Fact]
    public async Task Infer_JsonTensors_GivesTheGoldenOutput()
    {
        (float[] image, long[] shape) = Golden("vae_encoder/case/in/image");
        (float[] latents, long[] latentShape) = Golden("vae_encoder/case/out/latents");
        JsonArray nested = new([.. Enumerable.Range(0, 64).Select(row => Array(image.Skip(row * 64).Take(64)))]);
        JsonObject request = new() { ["id"] = "42", ["inputs"] = new JsonArray(Input("image", "FP32", shape, nested)) };

        JsonElement answer = await TestService.JsonAsync(await Client.PostAsJsonAsync("/v2/models/vae_encoder/infer", request));

        Assert.Equal(("42", "vae_encoder"), (answer.GetProperty("id").GetString(), answer.GetProperty("model_name").GetString()));
        JsonElement output = answer.GetProperty("outputs")[0];
        Assert.Equal(latentShape, output.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()));
        float[] got = [.. output.GetProperty("data").EnumerateArray().Select(value => value.GetSingle())];
        for (int i = 0; i < latents.Length; i++)
        {
            Assert.Equal(latents[i], got[i], 1e-5f);
        }
    }

    [Fact]
    public async Task Infer_BinaryTensors_GivesTheGoldenOutput()
    {
        string[] names = ["sample", "timestep", "encoder_hidden_states"];
        List<byte> binary = [];
        JsonArray inputs = [];
        using (SafetensorsFile file = SafetensorsFile.Open(Path.Combine(TestService.Bundle, "golden.safetensors")))
        {
            foreach (string name in names)
            {
                byte[] bytes = file.ReadBytes($"denoiser/case/in/{name}");
                JsonObject input = Input(
                    name,
                    name == "timestep" ? "INT64" : "FP32",
                    [.. file.Tensors[$"denoiser/case/in/{name}"].Shape],
                    new JsonArray()
                );
                input.Remove("data");
                input["parameters"] = new JsonObject { ["binary_data_size"] = bytes.Length };
                inputs.Add(input);
                binary.AddRange(bytes);
            }
        }

        byte[] header = Encoding.UTF8.GetBytes(
            new JsonObject
            {
                ["inputs"] = inputs,
                ["parameters"] = new JsonObject { ["binary_data_output"] = true },
            }.ToJsonString()
        );
        using ByteArrayContent content = new([.. header, .. binary]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.Add("Inference-Header-Content-Length", $"{header.Length}");
        using HttpResponseMessage response = await Client.PostAsync("/v2/models/tiny.denoiser/infer", content);
        byte[] answer = await response.Content.ReadAsByteArrayAsync();

        Assert.True(response.IsSuccessStatusCode, Encoding.UTF8.GetString(answer));
        int length = int.Parse(
            response.Headers.GetValues("Inference-Header-Content-Length").Single(),
            System.Globalization.CultureInfo.InvariantCulture
        );
        JsonElement output = JsonDocument.Parse(answer.AsMemory(0, length)).RootElement.GetProperty("outputs")[0];
        Assert.Equal(answer.Length - length, output.GetProperty("parameters").GetProperty("binary_data_size").GetInt32());
        float[] got = MemoryMarshal.Cast<byte, float>(answer.AsSpan(length)).ToArray();
        (float[] want, _) = Golden("denoiser/case/out/out_sample");
        for (int i = 0; i < want.Length; i++)
        {
            Assert.Equal(want[i], got[i], 1e-4f);
        }
    }

    [Fact]
    public async Task Infer_Pipeline_GivesWhatGroundGives()
    {
        JsonObject request = new()
        {
            ["inputs"] = new JsonArray(
                Input("image", "FP32", [1, 1, 80, 64], Array(Enumerable.Range(0, 80 * 64).Select(i => (i % 97) / 96f))),
                Input("phrase", "BYTES", [2], new JsonArray("left lower pneumonia", "edema"))
            ),
            ["outputs"] = new JsonArray(new JsonObject { ["name"] = "heatmap" }, new JsonObject { ["name"] = "field_of_view" }),
        };

        JsonElement answer = await TestService.JsonAsync(await Client.PostAsJsonAsync("/v2/models/pipeline/infer", request));

        JsonElement outputs = answer.GetProperty("outputs");
        Assert.Equal([2, 80, 64], outputs[0].GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()));
        float[] heatmap = [.. outputs[0].GetProperty("data").EnumerateArray().Select(value => value.GetSingle())];
        Assert.All(heatmap[..(8 * 64)], value => Assert.Equal(0, value));
        Assert.Equal(1, heatmap[..(80 * 64)].Max(), 1e-6f);
        Assert.Equal([0, 8, 64, 64], outputs[1].GetProperty("data").EnumerateArray().Select(value => value.GetInt32()));
    }

    [Fact]
    public async Task Infer_WrongTensors_AreRefused()
    {
        async Task Refused(JsonObject request, int status, string kind, string detail, string model = "vae_encoder")
        {
            using HttpResponseMessage response = await Client.PostAsJsonAsync($"/v2/models/{model}/infer", request);
            Assert.Contains(
                detail,
                (await TestService.AssertProblemAsync(response, status, kind)).GetProperty("detail").GetString()!,
                StringComparison.Ordinal
            );
        }

        JsonObject With(params JsonObject[] inputs) => new() { ["inputs"] = new JsonArray([.. inputs]) };
        JsonArray pixels = Array(new float[64]);
        await Refused(With(), 400, "tensor", "image is missing");
        await Refused([], 400, "json", "missing");
        await Refused(With(Input("picture", "FP32", [1, 1, 8, 8], pixels.DeepClone())), 400, "tensor", "not known");
        await Refused(With(Input("image", "FP64", [1, 1, 8, 8], pixels.DeepClone())), 400, "tensor", "FP32");
        await Refused(With(Input("image", "FP32", [1, 1, 8, 9], pixels.DeepClone())), 400, "tensor", "64 elements, its shape has 72");
        await Refused(With(Input("image", "FP32", [1, 1, 1_000_000, 1_000_000], pixels.DeepClone())), 400, "tensor", "shape must be");
        await Refused(With(Input("image", "FP32", [1, 1, -8, -8], pixels.DeepClone())), 400, "tensor", "shape must be");
        await Refused(With(Input("image", "FP32", [1, 3, 8, 8], pixels.DeepClone())), 400, "tensor", "shape must be");
        await Refused(With(Input("image", "FP32", [1, 1, 8, 8], new JsonArray("x"))), 400, "json", "type");
        await Refused(
            With(
                Input("image", "FP32", [1, 1, 32, 32], Array(Enumerable.Repeat(2f, 1024))),
                Input("phrase", "BYTES", [1], new JsonArray("edema"))
            ),
            422,
            "image",
            "between 0 and 1",
            "pipeline"
        );

        using ByteArrayContent beyond = new("{\"inputs\":[]}"u8.ToArray());
        beyond.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        beyond.Headers.Add("Inference-Header-Content-Length", "9999");
        await TestService.AssertProblemAsync(await Client.PostAsync("/v2/models/vae_encoder/infer", beyond), 400, "header-length");
        await _service.AssertHealthyAsync();
    }
}
