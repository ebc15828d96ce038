using CxrOnnx.Server.Metrics;
using CxrOnnx.Server.Work;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace CxrOnnx.Server.Hosting;

/// <summary><c>/metrics</c> in Prometheus' text format.</summary>
internal static class MetricsEndpoint
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/metrics", Write).WithTags("Operation").WithSummary("Metrics for Prometheus").Produces(200, contentType: "text/plain");

    private static async Task Write(HttpContext context, ServiceMetrics metrics, WorkQueue queue, Admission admission)
    {
        metrics.QueueDepth.Record(queue.Count);
        metrics.Inside.Record(admission.Inside);
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        await context.Response.WriteAsync(metrics.Export(), context.RequestAborted);
    }
}
