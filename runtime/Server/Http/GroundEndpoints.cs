using System.Diagnostics;
using System.Globalization;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Server.Configuration;
using CxrOnnx.Server.Images;
using CxrOnnx.Server.Problems;
using CxrOnnx.Server.Work;
using CxrOnnx.Workflows.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace CxrOnnx.Server.Http;

/// <summary>Grounding: with the image in the request, or on an image that was uploaded before.</summary>
internal static class GroundEndpoints
{
    private const int DefaultDisplaySide = 1600;
    private const int MaxDisplaySide = 4096;

    public static void Map(IEndpointRouteBuilder app)
    {
        RouteGroupBuilder group = app.MapGroup("/v1").WithTags("Grounding");
        Problems(
            group
                .MapPost("/ground", Ground)
                .WithSummary("Grounds phrases on an image")
                .WithDescription(
                    "The form has the file 'image' (PNG, JPEG, TIFF or DICOM) and the fields of GroundParameters; 'phrases' may be "
                        + "repeated or hold several lines. With 'Accept: application/x-ndjson' the answer is lines of progress, then the "
                        + "result."
                )
                .Accepts<GroundFormDocument>("multipart/form-data")
                .Produces<GroundResult>(200, "application/json", ProgressStream.ContentType)
        );
        Problems(
            group
                .MapPost("/images", Upload)
                .WithSummary("Uploads an image, so that its trajectory is computed once for any number of requests")
                .Accepts<ImageFormDocument>("multipart/form-data")
                .Produces<UploadedImage>(201)
        );
        Problems(
            group
                .MapPost("/images/{id}/ground", GroundStored)
                .WithSummary("Grounds phrases on an uploaded image")
                .Accepts<GroundParameters>("application/json")
                .Produces<GroundResult>(200, "application/json", ProgressStream.ContentType)
                .ProducesProblem(404)
        );
        Problems(
            group
                .MapPost("/images/{id}/prepare", Prepare)
                .WithSummary("Computes the trajectory of an uploaded image before the first phrase is known")
                .Accepts<GroundParameters>("application/json")
                .Produces(204)
                .ProducesProblem(404)
        );
        group.MapGet("/images/{id}", Describe).WithSummary("What an uploaded image is").Produces<UploadedImage>().ProducesProblem(404);
        group
            .MapGet("/images/{id}/pixels", Pixels)
            .WithSummary(
                "The picture for display: uint16, little-endian, row-major; the headers X-Image-Width and X-Image-Height say its size"
            )
            .Produces(200, contentType: "application/octet-stream")
            .ProducesProblem(404);
        group.MapDelete("/images/{id}", Delete).WithSummary("Forgets an uploaded image").Produces(204).ProducesProblem(404);
    }

    private static void Problems(RouteHandlerBuilder route)
    {
        foreach (int status in (int[])[400, 401, 413, 415, 422, 429, 503, 504])
        {
            route.ProducesProblem(status);
        }
    }

    private static async Task Ground(
        HttpContext context,
        GroundingHandler handler,
        RadiographIntake intake,
        Admission admission,
        ServiceOptions options
    )
    {
        using Admission.Ticket ticket = admission.Enter();
        using Deadline deadline = new(context, options);
        (byte[] content, int? frame, GroundParameters parameters) = await GroundForm.ReadAsync(context.Request, options, deadline.Token);
        deadline.Shorten(parameters.DeadlineSeconds);
        using GroundingRequestPlan plan = handler.Plan(parameters);
        (StoredImage image, double seconds) = await ReadAsync(content, frame, intake, deadline.Token);
        await handler.AnswerAsync(context, image, seconds, plan, deadline.Token);
    }

    private static async Task Upload(
        HttpContext context,
        ImageStore store,
        RadiographIntake intake,
        Admission admission,
        ServiceOptions options
    )
    {
        using Admission.Ticket ticket = admission.Enter();
        using Deadline deadline = new(context, options);
        (byte[] content, int? frame, GroundParameters parameters) = await GroundForm.ReadAsync(context.Request, options, deadline.Token);
        deadline.Shorten(parameters.DeadlineSeconds);
        (StoredImage image, _) = await ReadAsync(content, frame, intake, deadline.Token);
        string id = store.Add(image);
        context.Response.StatusCode = StatusCodes.Status201Created;
        context.Response.Headers.Location = $"/v1/images/{id}";
        await context.Response.WriteAsJsonAsync(new UploadedImage(id, image.Description), deadline.Token);
    }

    private static async Task GroundStored(
        string id,
        HttpContext context,
        GroundingHandler handler,
        ImageStore store,
        Admission admission,
        ServiceOptions options
    )
    {
        using Admission.Ticket ticket = admission.Enter();
        using Deadline deadline = new(context, options);
        StoredImage image = store.Find(id);
        GroundParameters parameters = await JsonBody.ReadAsync<GroundParameters>(context.Request, deadline.Token);
        deadline.Shorten(parameters.DeadlineSeconds);
        using GroundingRequestPlan plan = handler.Plan(parameters);
        await handler.AnswerAsync(context, image, 0, plan, deadline.Token);
    }

    private static async Task Prepare(
        string id,
        HttpContext context,
        GroundingHandler handler,
        ImageStore store,
        Admission admission,
        ServiceOptions options
    )
    {
        using Admission.Ticket ticket = admission.Enter();
        using Deadline deadline = new(context, options);
        StoredImage image = store.Find(id);
        GroundParameters parameters = await JsonBody.ReadAsync<GroundParameters>(context.Request, deadline.Token);
        deadline.Shorten(parameters.DeadlineSeconds);
        using GroundingRequestPlan plan = handler.Plan(parameters with { Phrases = [], Report = null }, needsPhrases: false);
        await handler.PrepareAsync(context, image, plan, deadline.Token);
    }

    private static UploadedImage Describe(string id, ImageStore store) => new(id, store.Find(id).Description);

    private static async Task Pixels(string id, HttpContext context, ImageStore store, RadiographIntake intake, int? max_side)
    {
        StoredImage image = store.Find(id);
        int side = max_side ?? DefaultDisplaySide;
        if (side is < 1 or > MaxDisplaySide)
        {
            throw ProblemException.BadRequest("max-side", $"max_side must lie between 1 and {MaxDisplaySide}");
        }

        (byte[] samples, ImageSize size) = await intake.DecodeAgainAsync(
            () => DisplayPixels.Of(image.Radiograph().Image, side),
            context.RequestAborted
        );
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = samples.Length;
        context.Response.Headers["X-Image-Width"] = size.Width.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers["X-Image-Height"] = size.Height.ToString(CultureInfo.InvariantCulture);
        await context.Response.Body.WriteAsync(samples, context.RequestAborted);
    }

    private static IResult Delete(string id, ImageStore store)
    {
        store.Remove(id);
        return TypedResults.NoContent();
    }

    private static async Task<(StoredImage Image, double Seconds)> ReadAsync(
        byte[] content,
        int? frame,
        RadiographIntake intake,
        CancellationToken cancellationToken
    )
    {
        long start = Stopwatch.GetTimestamp();
        Radiograph radiograph = await intake.ReadAsync(content, frame, cancellationToken);
        return (new StoredImage(intake, content, frame, radiograph), Stopwatch.GetElapsedTime(start).TotalSeconds);
    }
}

/// <summary>An uploaded image.</summary>
/// <param name="Id">What to call it in later requests.</param>
/// <param name="Image">Its size, format and remarks.</param>
public sealed record UploadedImage(string Id, ImageResult Image);

/// <summary>The form of an upload, for the API description.</summary>
/// <param name="Image">The radiograph: PNG, JPEG, TIFF or DICOM.</param>
/// <param name="Frame">Which frame or page of a file with several, from 1; a file with several is refused without it.</param>
internal sealed record ImageFormDocument(IFormFile Image, int? Frame);

/// <summary>The form of a grounding request, for the API description.</summary>
/// <param name="Image">The radiograph: PNG, JPEG, TIFF or DICOM.</param>
/// <param name="Phrases">Phrases such as "left lower pneumonia".</param>
/// <param name="Verbatim">Whether the words of the phrases are grounded exactly as they stand.</param>
/// <param name="Report">Text of a report: every finding in it that is present is grounded too.</param>
/// <param name="Model">Name of a model; the first one if absent.</param>
/// <param name="Preset">One of the model's presets; exact if absent.</param>
/// <param name="Threshold">Strength, 0 to 1, above which a pixel belongs to a box; 0.5 if absent.</param>
/// <param name="PerToken">Whether each sub-token gets a heatmap of its own.</param>
/// <param name="Confidence">Whether a calibrated model also says how likely the image supports each phrase; true if absent.</param>
/// <param name="Heatmaps">none, image or model.</param>
/// <param name="Overlays">Whether each phrase gets a picture.</param>
/// <param name="Overlay">How these pictures show the heatmap: heat, contour or side-by-side.</param>
/// <param name="DeadlineSeconds">Seconds after which the request is given up.</param>
/// <param name="Frame">Which frame or page of a file with several, from 1; a file with several is refused without it.</param>
internal sealed record GroundFormDocument(
    IFormFile Image,
    IReadOnlyList<string>? Phrases,
    bool? Verbatim,
    string? Report,
    string? Model,
    string? Preset,
    double? Threshold,
    bool? PerToken,
    bool? Confidence,
    string? Heatmaps,
    bool? Overlays,
    string? Overlay,
    double? DeadlineSeconds,
    int? Frame
);
