using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace CxrOnnx.Server.Inference;

/// <summary>Writes inference responses.</summary>
internal static class InferenceResponse
{
    /// <summary>Writes the outputs: as JSON, or as binary data after the JSON where that was wanted.</summary>
    public static async Task WriteAsync(
        HttpContext context,
        string modelName,
        string version,
        InferenceRequest request,
        IReadOnlyList<InferenceTensor> outputs,
        CancellationToken cancellationToken
    )
    {
        ArrayBufferWriter<byte> header = new();
        List<ReadOnlyMemory<byte>> binary = [];
        using (Utf8JsonWriter json = new(header))
        {
            json.WriteStartObject();
            json.WriteString("model_name", modelName);
            json.WriteString("model_version", version);
            if (request.Id is not null)
            {
                json.WriteString("id", request.Id);
            }

            json.WriteStartArray("outputs");
            for (int i = 0; i < outputs.Count; i++)
            {
                Write(json, outputs[i], request.Outputs[i].Binary, binary);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        HttpResponse response = context.Response;
        response.ContentType = binary.Count > 0 ? "application/octet-stream" : "application/json";
        response.ContentLength = header.WrittenCount + binary.Sum(part => (long)part.Length);
        if (binary.Count > 0)
        {
            response.Headers[InferenceRequest.HeaderLength] = header.WrittenCount.ToString(CultureInfo.InvariantCulture);
        }

        await response.Body.WriteAsync(header.WrittenMemory, cancellationToken);
        foreach (ReadOnlyMemory<byte> part in binary)
        {
            await response.Body.WriteAsync(part, cancellationToken);
        }
    }

    private static void Write(Utf8JsonWriter json, InferenceTensor tensor, bool asBinary, List<ReadOnlyMemory<byte>> binary)
    {
        json.WriteStartObject();
        json.WriteString("name", tensor.Name);
        json.WriteString("datatype", tensor.DataType);
        json.WriteStartArray("shape");
        foreach (long dimension in tensor.Shape)
        {
            json.WriteNumberValue(dimension);
        }

        json.WriteEndArray();
        if (asBinary)
        {
            ReadOnlyMemory<byte> bytes = tensor.ToBytes();
            binary.Add(bytes);
            json.WriteStartObject("parameters");
            json.WriteNumber("binary_data_size", bytes.Length);
            json.WriteEndObject();
        }
        else
        {
            json.WriteStartArray("data");
            if (tensor.Texts is { } texts)
            {
                foreach (string value in texts)
                {
                    json.WriteStringValue(value);
                }
            }
            else if (tensor.Numbers!.Floats is { } floats)
            {
                foreach (float value in floats)
                {
                    json.WriteNumberValue(value);
                }
            }
            else
            {
                foreach (long value in tensor.Numbers.Integers!)
                {
                    json.WriteNumberValue(value);
                }
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
