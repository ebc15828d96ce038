using CxrOnnx.Core;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Server.Configuration;
using CxrOnnx.Server.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace CxrOnnx.Server.Page;

/// <summary>
/// Sample radiographs for the page: the PNG files of a folder, each with the report of the same name. The list is made at the start and
/// requests name an entry of it, so that no request can reach another file.
/// </summary>
internal sealed class Samples
{
    private const long MaxReportBytes = 1 << 16;

    private readonly Dictionary<string, string> _files = new(StringComparer.Ordinal);

    public Samples(ServiceOptions options)
    {
        if (options.Samples is not { } folder)
        {
            return;
        }

        if (!Directory.Exists(folder))
        {
            throw new InputException($"{folder}: no such folder; `samples` wants a folder with PNG files");
        }

        List<Sample> list = [];
        foreach (string file in Directory.EnumerateFiles(folder, "*.png").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileNameWithoutExtension(file);
            string report = Path.ChangeExtension(file, ".txt");
            string text = File.Exists(report) && new FileInfo(report).Length <= MaxReportBytes ? File.ReadAllText(report) : "";
            _files.Add(name, file);
            list.Add(new Sample(name, text, [.. ReportParser.Findings(text).Select(finding => finding.Prompt.Text)]));
        }

        List = list;
    }

    /// <summary>All samples.</summary>
    public IReadOnlyList<Sample> List { get; } = [];

    public static void Map(IEndpointRouteBuilder app)
    {
        RouteGroupBuilder group = app.MapGroup("/v1/samples").WithTags("Samples");
        group.MapGet("/", (Samples samples) => samples.List).WithSummary("Sample radiographs").Produces<IReadOnlyList<Sample>>();
        group
            .MapGet("/{name}", (string name, Samples samples) => TypedResults.PhysicalFile(samples.PathOf(name), "image/png"))
            .WithSummary("A sample radiograph as PNG")
            .Produces(200, contentType: "image/png")
            .ProducesProblem(404);
    }

    private string PathOf(string name) =>
        _files.TryGetValue(name, out string? path)
            ? path
            : throw ProblemException.NotFound("sample-unknown", "there is no sample of this name");
}

/// <summary>A sample radiograph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Report">Its report, or an empty text.</param>
/// <param name="Phrases">The findings of the report as phrases.</param>
public sealed record Sample(string Name, string Report, IReadOnlyList<string> Phrases);
