using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Server.Problems;
using CxrOnnx.Workflows.Results;
using Microsoft.AspNetCore.Http;

namespace CxrOnnx.Server.Http;

/// <summary>
/// An answer in lines of JSON (<c>application/x-ndjson</c>): any number of <c>{"progress": {"stage", "done", "total"}}</c>, then one
/// <c>{"result": ...}</c> or <c>{"problem": ...}</c>.
/// </summary>
internal static class ProgressStream
{
    public const string ContentType = "application/x-ndjson";

    /// <summary>Whether the client asked for it.</summary>
    public static bool IsWanted(HttpRequest request) =>
        request.Headers.Accept.ToString().Contains(ContentType, StringComparison.OrdinalIgnoreCase);

    /// <summary>Runs the work and writes its progress.</summary>
    public static async Task WriteAsync(
        HttpContext context,
        Func<IProgress<GroundingProgress>, Task<GroundResult?>> run,
        CancellationToken cancellationToken
    )
    {
        // Only the latest progress is of interest; the worker must never wait for a slow client.
        Channel<GroundingProgress> channel = Channel.CreateBounded<GroundingProgress>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest }
        );
        Task<GroundResult?> work = run(new Receiver(channel.Writer));
        _ = work.ContinueWith(
            _ => channel.Writer.TryComplete(),
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default
        );
        context.Response.ContentType = ContentType;
        try
        {
            await foreach (GroundingProgress progress in channel.Reader.ReadAllAsync(CancellationToken.None))
            {
                JsonObject line = new()
                {
                    ["progress"] = new JsonObject
                    {
                        ["stage"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(progress.Stage.ToString()),
                        ["done"] = progress.Done,
                        ["total"] = progress.Total,
                    },
                };
                await LineAsync(context, line.ToJsonString(), cancellationToken);
            }

            GroundResult? result = await work;
            await LineAsync(
                context,
                result is null ? "{\"result\":null}" : $"{{\"result\":{JsonNode.Parse(GroundResultFile.ToUtf8(result))!.ToJsonString()}}}",
                cancellationToken
            );
        }
        catch (Exception exception) when (!context.RequestAborted.IsCancellationRequested)
        {
            ProblemException problem = ErrorMiddleware.Explain(exception, context);
            RequestLog.Of(context).Problem = problem.Kind;
            await LineAsync(context, $"{{\"problem\":{ProblemWriter.Document(context, problem).ToJsonString()}}}", context.RequestAborted);
        }
    }

    private static async Task LineAsync(HttpContext context, string json, CancellationToken cancellationToken)
    {
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(json + "\n"), cancellationToken);
        await context.Response.Body.FlushAsync(cancellationToken);
    }

    private sealed class Receiver(ChannelWriter<GroundingProgress> writer) : IProgress<GroundingProgress>
    {
        public void Report(GroundingProgress value) => writer.TryWrite(value);
    }
}
