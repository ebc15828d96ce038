using System.Text.Json;
using System.Text.Json.Serialization;
using CxrOnnx.Server.Problems;
using Microsoft.AspNetCore.Http;

namespace CxrOnnx.Server.Http;

/// <summary>Reads JSON bodies strictly: UTF-8, no unknown or repeated members.</summary>
internal static class JsonBody
{
    private const int MaxDepth = 32;

    /// <summary>How the service writes and reads JSON.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.DictionaryKeyPolicy = null;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
        options.MaxDepth = MaxDepth;
        options.NumberHandling = JsonNumberHandling.Strict;
    }

    private static readonly JsonSerializerOptions Options = Create();

    /// <summary>Reads a document.</summary>
    /// <exception cref="ProblemException">400 or 415: what is wrong with it.</exception>
    public static async Task<T> ReadAsync<T>(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!request.HasJsonContentType())
        {
            throw ProblemException.MediaType("send application/json");
        }

        RefuseEncoding(request);
        try
        {
            return await JsonSerializer.DeserializeAsync<T>(request.Body, Options, cancellationToken)
                ?? throw ProblemException.BadRequest("json", "the body is null, an object was expected");
        }
        catch (JsonException exception)
        {
            throw ProblemException.BadRequest("json", Explain(exception));
        }
    }

    /// <summary>Compressed bodies are not accepted: their size says nothing about what they become.</summary>
    public static void RefuseEncoding(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.Count > 0)
        {
            throw ProblemException.MediaType("compressed bodies are not accepted; send the body without Content-Encoding");
        }
    }

    /// <summary>Where the document is wrong. The serializer's own message may quote values or name types, so it is not passed on.</summary>
    public static string Explain(JsonException exception)
    {
        string where = exception.LineNumber is { } line ? $" at line {line + 1}, byte {exception.BytePositionInLine}" : "";
        string path =
            exception.Path is { Length: > 1 and < 100 } at
            && at.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '$' or '.' or '_' or '[' or ']')
                ? $" ({at})"
                : "";
        return exception.Message.Contains("could not be mapped", StringComparison.Ordinal)
            ? $"the body has a member that is not known{path}"
            : $"the body is not the JSON that was expected{where}{path}";
    }

    private static JsonSerializerOptions Create()
    {
        JsonSerializerOptions options = new(JsonSerializerDefaults.Web);
        Configure(options);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
