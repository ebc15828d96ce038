using System.Diagnostics;
using CxrOnnx.Server.Metrics;
using CxrOnnx.Server.Work;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace CxrOnnx.Server.Http;

/// <summary>
/// One line of log per request: how it went and how much work it was, but nothing of what it was about. The route is logged as its
/// template, so that not even an image's id appears.
/// </summary>
internal sealed class RequestLog
{
    private static readonly object Key = new();

    public string? Model { get; private set; }

    public int Phrases { get; private set; }

    public int BatchPhrases { get; private set; }

    public bool? Cached { get; private set; }

    public double QueueSeconds { get; private set; }

    /// <summary>Kind of the problem that it was answered with, or null.</summary>
    public string? Problem { get; set; }

    /// <summary>The log of a request.</summary>
    public static RequestLog Of(HttpContext context)
    {
        if (context.Items.TryGetValue(Key, out object? known))
        {
            return (RequestLog)known!;
        }

        RequestLog log = new();
        context.Items[Key] = log;
        return log;
    }

    public void Describe(GroundingRequestPlan plan) => (Model, Phrases) = (plan.Model.Name, plan.Phrases.Count);

    public void Describe(GroundingOutcome outcome) =>
        (BatchPhrases, Cached, QueueSeconds) = (outcome.BatchPhrases, outcome.WasCached, outcome.Waited.TotalSeconds);
}

/// <summary>Writes <see cref="RequestLog"/> and counts.</summary>
internal sealed partial class RequestLogMiddleware(RequestDelegate next, ServiceMetrics metrics, ILogger<RequestLogMiddleware> logger)
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];

    public async Task InvokeAsync(HttpContext context)
    {
        long start = Stopwatch.GetTimestamp();
        await next(context);
        TimeSpan duration = Stopwatch.GetElapsedTime(start);
        string route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(none)";
        string method = Methods.Contains(context.Request.Method) ? context.Request.Method : "other";
        metrics.Request(method, route, context.Response.StatusCode, duration);
        RequestLog log = RequestLog.Of(context);
        bool probe = route.StartsWith("/v2/health", StringComparison.Ordinal) || route == "/metrics";
        Answered(
            logger,
            probe ? LogLevel.Debug : LogLevel.Information,
            context.TraceIdentifier,
            method,
            route,
            context.Response.StatusCode,
            duration.TotalSeconds,
            context.Request.ContentLength ?? 0,
            (string?)context.Items[AccessMiddleware.ClientItem] ?? "-",
            log.Problem ?? "-",
            log.Model ?? "-",
            log.Phrases,
            log.BatchPhrases,
            log.Cached,
            log.QueueSeconds
        );
    }

    [LoggerMessage(
        Message = "{RequestId} {Method} {Route} {Status} {Seconds:0.000} s, {Bytes} bytes, client {Client}, problem {Problem}, model "
            + "{Model}, phrases {Phrases}, batch {BatchPhrases}, trajectory cached {Cached}, queue {QueueSeconds:0.000} s"
    )]
    private static partial void Answered(
        ILogger logger,
        LogLevel level,
        string requestId,
        string method,
        string route,
        int status,
        double seconds,
        long bytes,
        string client,
        string problem,
        string model,
        int phrases,
        int batchPhrases,
        bool? cached,
        double queueSeconds
    );
}
