using System.Globalization;
using System.Text.Json.Nodes;
using CxrOnnx.Server.Problems;
using Microsoft.AspNetCore.Http;

namespace CxrOnnx.Server.Http;

/// <summary>
/// Writes problem documents (RFC 9457). The member <c>error</c> repeats the detail for clients of the Open Inference Protocol.
/// </summary>
internal static class ProblemWriter
{
    public const string ContentType = "application/problem+json";

    /// <summary>The document.</summary>
    public static JsonObject Document(HttpContext context, ProblemException problem) =>
        new()
        {
            ["type"] = $"urn:cxronnx:problem:{problem.Kind}",
            ["title"] = problem.Title,
            ["status"] = problem.Status,
            ["detail"] = problem.Message,
            ["request_id"] = context.TraceIdentifier,
            ["error"] = problem.Message,
        };

    /// <summary>Answers with a problem; the connection is closed where the request's body was not read to its end.</summary>
    public static async Task WriteAsync(HttpContext context, ProblemException problem)
    {
        HttpResponse response = context.Response;
        response.Clear();
        SecurityHeaders.Apply(context);
        response.StatusCode = problem.Status;
        response.ContentType = ContentType;
        if (problem.RetryAfter is { } delay)
        {
            response.Headers.RetryAfter = Math.Ceiling(Math.Max(1, delay.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (problem.Status == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = "Bearer realm=\"cxr\"";
        }

        if (problem.Status is 408 or 413)
        {
            response.Headers.Connection = "close";
        }

        await response.WriteAsync(Document(context, problem).ToJsonString(), CancellationToken.None);
    }
}
