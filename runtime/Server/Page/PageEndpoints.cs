using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace CxrOnnx.Server.Page;

/// <summary>The viewer page, out of the assembly's resources.</summary>
internal static class PageEndpoints
{
    private const string Prefix = "wwwroot/";
    private static readonly Assembly Assembly = typeof(PageEndpoints).Assembly;

    private static readonly Dictionary<string, string> ContentTypes = new()
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".svg"] = "image/svg+xml",
    };

    public static void Map(IEndpointRouteBuilder app)
    {
        foreach (string resource in Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            byte[] content = Read(resource);
            string tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..16]}\"";
            string path = resource[Prefix.Length..].Replace('\\', '/');
            string contentType = ContentTypes[Path.GetExtension(path)];
            Task Serve(HttpContext context) => WriteAsync(context, content, contentType, tag);
            app.MapGet($"/{path}", Serve).ExcludeFromDescription();
            if (path == "index.html")
            {
                app.MapGet("/", Serve).ExcludeFromDescription();
            }
        }
    }

    private static async Task WriteAsync(HttpContext context, byte[] content, string contentType, string tag)
    {
        // The page changes with the program only; a browser asks whether its copy is still right.
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch == tag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        context.Response.ContentType = contentType;
        context.Response.ContentLength = content.Length;
        await context.Response.Body.WriteAsync(content, context.RequestAborted);
    }

    private static byte[] Read(string resource)
    {
        using Stream stream = Assembly.GetManifestResourceStream(resource)!;
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
