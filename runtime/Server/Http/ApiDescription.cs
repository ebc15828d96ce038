using CxrOnnx.Core;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace CxrOnnx.Server.Http;

/// <summary>The OpenAPI document beyond what the routes themselves say.</summary>
internal static class ApiDescription
{
    private const string Scheme = "api_key";

    public static void Configure(OpenApiOptions options)
    {
        options.AddDocumentTransformer(
            (document, context, _) =>
            {
                document.Info = new OpenApiInfo
                {
                    Title = "CxrOnnx",
                    Version = ToolVersion.Number,
                    Description =
                        "Grounds report phrases on chest radiographs: an image and phrases in, heatmaps and boxes out. Research use "
                        + "only; not a medical device.",
                };

                // The address depends on who asks; a fixed one would be wrong behind a proxy.
                document.Servers?.Clear();
                document.Components ??= new OpenApiComponents();
                document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
                document.Components.SecuritySchemes[Scheme] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = "bearer",
                    Description = "An API key, where the service was started with keys.",
                };
                document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
                return Task.CompletedTask;
            }
        );
    }
}
