using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Server.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace CxrOnnx.Server.Http;

/// <summary>
/// Turns every exception into a problem document. What is logged holds no message of an exception, because messages quote phrases; the
/// stack trace of an internal error says where it happened.
/// </summary>
internal sealed partial class ErrorMiddleware(RequestDelegate next, ILogger<ErrorMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            SecurityHeaders.Apply(context);
            await next(context);
        }
        catch (Exception exception)
        {
            if (context.RequestAborted.IsCancellationRequested && exception is OperationCanceledException or IOException)
            {
                if (!context.Response.HasStarted)
                {
                    context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
                }

                return;
            }

            ProblemException problem = Explain(exception, context);
            RequestLog.Of(context).Problem = problem.Kind;
            if (problem.Status == StatusCodes.Status500InternalServerError)
            {
                InternalError(logger, context.TraceIdentifier, exception.GetType().FullName!, exception.StackTrace ?? "");
            }

            if (context.Response.HasStarted)
            {
                context.Abort();
            }
            else
            {
                await ProblemWriter.WriteAsync(context, problem);
            }
        }
    }

    /// <summary>The problem that an exception stands for.</summary>
    public static ProblemException Explain(Exception exception, HttpContext context) =>
        exception switch
        {
            ProblemException problem => problem,
            BadHttpRequestException { StatusCode: 413 } => ProblemException.TooLarge("the body is larger than this service accepts"),
            BadHttpRequestException { StatusCode: 408 } => new(
                408,
                "too-slow",
                "The request came too slowly",
                "the body came more slowly than this service accepts"
            ),
            BadHttpRequestException bad => new(
                bad.StatusCode,
                "bad-request",
                "The request cannot be understood",
                "the HTTP request is malformed or incomplete"
            ),
            InputException input => ProblemException.Unusable("unusable", input.Message),
            ArtifactException => new(
                500,
                "model",
                "The model failed",
                $"the model gave no usable answer; reference {context.TraceIdentifier}"
            ),
            OutOfMemoryException => new(
                503,
                "memory",
                "Out of memory",
                "not enough memory for this request now; try again with a smaller image or fewer phrases"
            )
            {
                RetryAfter = TimeSpan.FromSeconds(10),
            },
            OperationCanceledException => new(504, "deadline", "The deadline passed", "the request took longer than its deadline"),
            _ => new(500, "internal", "Internal error", $"internal error; reference {context.TraceIdentifier}"),
        };

    [LoggerMessage(Level = LogLevel.Error, Message = "internal error {RequestId}: {Exception} {StackTrace}")]
    private static partial void InternalError(ILogger logger, string requestId, string exception, string stackTrace);
}
