using System.Globalization;
using System.Text.Json;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Server.Configuration;
using CxrOnnx.Server.Http;
using CxrOnnx.Server.Problems;
using Microsoft.AspNetCore.Http;

namespace CxrOnnx.Server.Inference;

/// <summary>An inference request of the Open Inference Protocol, with or without the binary tensor data extension.</summary>
internal sealed class InferenceRequest
{
    /// <summary>Header that says where the JSON ends and the binary tensors begin.</summary>
    public const string HeaderLength = "Inference-Header-Content-Length";

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    /// <summary>The client's id, returned in the response.</summary>
    public string? Id { get; private init; }

    /// <summary>Inputs in the graph's order.</summary>
    public required IReadOnlyList<InferenceTensor> Inputs { get; init; }

    /// <summary>Wanted outputs, and whether each is returned as binary data.</summary>
    public required IReadOnlyList<(string Name, bool Binary)> Outputs { get; init; }

    /// <summary>Parameter <c>preset</c> of the pipeline.</summary>
    public string Preset { get; private init; } = "exact";

    /// <summary>Parameter <c>threshold</c> of the pipeline.</summary>
    public double Threshold { get; private init; } = 0.5;

    /// <summary>Parameter <c>verbatim</c> of the pipeline: whether the words of phrases are grounded exactly as they stand.</summary>
    public bool Verbatim { get; private init; }

    /// <summary>Reads a request.</summary>
    /// <exception cref="ProblemException">400, 413 or 415: what is wrong with it.</exception>
    public static async Task<InferenceRequest> ReadAsync(
        HttpRequest request,
        BundleGraph border,
        ModelConfiguration model,
        ServiceOptions options,
        CancellationToken cancellationToken
    )
    {
        JsonBody.RefuseEncoding(request);
        using MemoryStream body = new();
        await request.Body.CopyToAsync(body, cancellationToken);
        ReadOnlyMemory<byte> bytes = body.GetBuffer().AsMemory(0, (int)body.Length);
        int header = bytes.Length;
        if (
            request.Headers.TryGetValue(HeaderLength, out var value)
            && (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out header) || header > bytes.Length)
        )
        {
            throw ProblemException.BadRequest("header-length", $"{HeaderLength} is not a number of bytes within the body");
        }

        if (!request.Headers.ContainsKey(HeaderLength) && !request.HasJsonContentType())
        {
            throw ProblemException.MediaType($"send application/json, or application/octet-stream with {HeaderLength}");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes[..header], Strict);
            return Parse(document.RootElement, bytes[header..], border, model, options);
        }
        catch (JsonException exception)
        {
            throw ProblemException.BadRequest("json", JsonBody.Explain(exception));
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw ProblemException.BadRequest(
                "json",
                "a member of the inference request is missing or has another type than the protocol says"
            );
        }
    }

    private static InferenceRequest Parse(
        JsonElement root,
        ReadOnlyMemory<byte> binary,
        BundleGraph border,
        ModelConfiguration model,
        ServiceOptions options
    )
    {
        Dictionary<string, InferenceTensor> inputs = [];
        foreach (JsonElement input in root.GetProperty("inputs").EnumerateArray())
        {
            string name = input.GetProperty("name").GetString()!;
            BundleTensor wanted =
                border.Inputs.FirstOrDefault(tensor => tensor.Name == name)
                ?? throw ProblemException.BadRequest(
                    "tensor",
                    $"an input is not known; the model has {string.Join(", ", border.Inputs.Select(tensor => tensor.Name))}"
                );
            if (inputs.ContainsKey(name))
            {
                throw ProblemException.BadRequest("tensor", $"input {name} is there twice");
            }

            inputs.Add(name, Tensor(input, wanted, ref binary, model, options));
        }

        if (binary.Length > 0)
        {
            throw ProblemException.BadRequest("tensor", $"{binary.Length} bytes of binary data belong to no input");
        }

        string[] missing = [.. border.Inputs.Select(tensor => tensor.Name).Where(name => !inputs.ContainsKey(name))];
        if (missing.Length > 0)
        {
            throw ProblemException.BadRequest("tensor", $"input {string.Join(", ", missing)} is missing");
        }

        JsonElement? parameters = Member(root, "parameters");
        return new InferenceRequest
        {
            Id = Member(root, "id")?.GetString(),
            Inputs = [.. border.Inputs.Select(tensor => inputs[tensor.Name])],
            Outputs = WantedOutputs(root, border, Member(parameters, "binary_data_output")?.GetBoolean() ?? false),
            Preset = Member(parameters, "preset")?.GetString() ?? "exact",
            Threshold = Member(parameters, "threshold")?.GetDouble() ?? 0.5,
            Verbatim = Member(parameters, "verbatim")?.GetBoolean() ?? false,
        };
    }

    private static List<(string Name, bool Binary)> WantedOutputs(JsonElement root, BundleGraph border, bool binaryByDefault)
    {
        if (Member(root, "outputs") is not { } outputs)
        {
            return [.. border.Outputs.Select(tensor => (tensor.Name, binaryByDefault))];
        }

        List<(string Name, bool Binary)> wanted = [];
        foreach (JsonElement output in outputs.EnumerateArray())
        {
            string name = output.GetProperty("name").GetString()!;
            if (border.Outputs.All(tensor => tensor.Name != name))
            {
                throw ProblemException.BadRequest(
                    "tensor",
                    $"an output is not known; the model has {string.Join(", ", border.Outputs.Select(tensor => tensor.Name))}"
                );
            }

            if (wanted.Any(known => known.Name == name))
            {
                throw ProblemException.BadRequest("tensor", $"output {name} is there twice");
            }

            wanted.Add((name, Member(Member(output, "parameters"), "binary_data")?.GetBoolean() ?? binaryByDefault));
        }

        return wanted.Count > 0 ? wanted : throw ProblemException.BadRequest("tensor", "outputs is empty; leave it out to get all");
    }

    private static InferenceTensor Tensor(
        JsonElement input,
        BundleTensor wanted,
        ref ReadOnlyMemory<byte> binary,
        ModelConfiguration model,
        ServiceOptions options
    )
    {
        string name = wanted.Name;
        string dataType = InferenceModel.DataType(wanted);
        if (input.GetProperty("datatype").GetString() != dataType)
        {
            throw ProblemException.BadRequest("tensor", $"input {name}: the model wants datatype {dataType}");
        }

        long[] shape = [.. input.GetProperty("shape").EnumerateArray().Select(dimension => dimension.GetInt64())];
        CheckShape(name, shape, wanted, model, options);
        if (Member(Member(input, "parameters"), "binary_data_size") is { } size)
        {
            if (!size.TryGetInt32(out int length) || length < 0 || length > binary.Length)
            {
                throw ProblemException.BadRequest("tensor", $"input {name}: binary_data_size leaves the body");
            }

            ReadOnlyMemory<byte> own = binary[..length];
            binary = binary[length..];
            return InferenceTensor.FromBytes(name, dataType, shape, own.Span);
        }

        return FromJson(name, dataType, shape, input.GetProperty("data"));
    }

    private static void CheckShape(string name, long[] shape, BundleTensor wanted, ModelConfiguration model, ServiceOptions options)
    {
        bool fits = shape.Length == wanted.Shape.Count;
        for (int i = 0; fits && i < shape.Length; i++)
        {
            bool isFixed = InferenceModel.MetadataDimension(wanted.Shape[i]) >= 0;
            long most = InferenceModel.MaxDimension(wanted.Shape[i], model, options);
            fits = shape[i] >= 1 && shape[i] <= most && (!isFixed || shape[i] == most);
        }

        if (!fits || (wanted.Shape.Contains("original_height") && InferenceTensor.Count(shape) > options.MaxPixels))
        {
            IEnumerable<string> limits = wanted.Shape.Select(dimension =>
                InferenceModel.MetadataDimension(dimension) >= 0
                    ? dimension
                    : FormattableString.Invariant($"{dimension} (1 to {InferenceModel.MaxDimension(dimension, model, options)})")
            );
            throw ProblemException.BadRequest("tensor", $"input {name}: shape must be [{string.Join(", ", limits)}]");
        }
    }

    /// <summary>The data of a tensor, flat or nested: the protocol allows both.</summary>
    private static InferenceTensor FromJson(string name, string dataType, long[] shape, JsonElement data)
    {
        int count = checked((int)InferenceTensor.Count(shape));
        switch (dataType)
        {
            case "FP32":
                List<float> floats = [];
                Flatten(data, element => floats.Add(element.GetSingle()));
                return Sized(floats.Count) ? InferenceTensor.Of(GraphTensor.Float32(name, [.. floats], shape)) : throw Wrong(floats.Count);
            case "INT64":
                List<long> integers = [];
                Flatten(data, element => integers.Add(element.GetInt64()));
                return Sized(integers.Count)
                    ? InferenceTensor.Of(GraphTensor.Int64(name, [.. integers], shape))
                    : throw Wrong(integers.Count);
            default:
                List<string> texts = [];
                Flatten(data, element => texts.Add(element.GetString()!));
                return Sized(texts.Count) ? new InferenceTensor(name, shape, null, texts) : throw Wrong(texts.Count);
        }

        bool Sized(int got) => got == count;
        ProblemException Wrong(int got) => ProblemException.BadRequest("tensor", $"input {name}: {got} elements, its shape has {count}");
    }

    private static void Flatten(JsonElement element, Action<JsonElement> take)
    {
        if (element.ValueKind != JsonValueKind.Array)
        {
            take(element);
            return;
        }

        foreach (JsonElement inner in element.EnumerateArray())
        {
            Flatten(inner, take);
        }
    }

    private static JsonElement? Member(JsonElement? element, string name) =>
        element is { } present && present.TryGetProperty(name, out JsonElement member) && member.ValueKind != JsonValueKind.Null
            ? member
            : null;
}
