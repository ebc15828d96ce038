using System.Net;
using CxrOnnx.Server.Problems;
using Microsoft.AspNetCore.Http;

namespace CxrOnnx.Server.Http;

/// <summary>
/// Who may ask. With API keys: whoever shows one (<c>Authorization: Bearer KEY</c> or <c>X-API-Key: KEY</c>); the page itself, the health
/// probes and the API description need none. Without keys the service listens on loopback only, and a request must name a loopback host, so
/// that no web page in the user's browser can reach it under a name of its own. Pages of other origins are refused in either case.
/// </summary>
internal sealed class AccessMiddleware(RequestDelegate next, ApiKeys keys, AccessPolicy policy)
{
    /// <summary>Item of the context that holds the client's name for the log.</summary>
    public const string ClientItem = "cxr.client";

    public Task InvokeAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (
            request.Headers.Origin.ToString() is { Length: > 0 } origin
            && !(Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) && uri.Authority == request.Host.Value)
        )
        {
            throw new ProblemException(
                403,
                "origin",
                "The page's origin is not allowed",
                "requests of pages from another origin are refused"
            );
        }

        if (policy.LoopbackHostsOnly && !IsLoopback(request.Host.Host))
        {
            throw new ProblemException(
                403,
                "host",
                "The host name is not allowed",
                "without API keys this service answers under loopback names only"
            );
        }

        if (keys.Required && IsProtected(request.Path))
        {
            Authenticate(context);
        }

        return next(context);
    }

    private void Authenticate(HttpContext context)
    {
        IHeaderDictionary headers = context.Request.Headers;
        const string bearer = "Bearer ";
        string given = headers["X-API-Key"].ToString();
        if (headers.Authorization.ToString() is var authorization && authorization.StartsWith(bearer, StringComparison.OrdinalIgnoreCase))
        {
            given = authorization[bearer.Length..].Trim();
        }

        string? client = keys.Find(given);
        context.Items[ClientItem] =
            client
            ?? throw new ProblemException(
                401,
                "key",
                "An API key is needed",
                given.Length == 0 ? "give an API key as 'Authorization: Bearer KEY'" : "the API key is not known"
            );
    }

    private static bool IsProtected(PathString path) =>
        (path.StartsWithSegments("/v1") || path.StartsWithSegments("/v2") || path.StartsWithSegments("/metrics"))
        && !path.StartsWithSegments("/v2/health");

    private static bool IsLoopback(string host) =>
        host is "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));
}

/// <summary>What follows from where the service listens.</summary>
/// <param name="LoopbackHostsOnly">Whether only requests to loopback host names are answered.</param>
internal sealed record AccessPolicy(bool LoopbackHostsOnly);
