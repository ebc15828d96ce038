using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Server.Configuration;
using CxrOnnx.Server.Models;
using CxrOnnx.Server.Problems;
using CxrOnnx.Workflows.Ground;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace CxrOnnx.Server.Http;

/// <summary>What is served: models, their parity reports, and loading them again.</summary>
internal static class ModelEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        RouteGroupBuilder group = app.MapGroup("/v1/models").WithTags("Models");
        group
            .MapGet(
                "/",
                (ModelRegistry registry, ServiceOptions options) =>
                    new ModelList([.. registry.Slots.Select(Describe)], RequestLimits.Of(options))
            )
            .WithSummary("The models and the limits of requests")
            .Produces<ModelList>();
        group
            .MapGet("/{name}", (string name, ModelRegistry registry) => Describe(registry.Find(name)))
            .WithSummary("A model")
            .Produces<ModelDescription>()
            .ProducesProblem(404);
        group
            .MapGet("/{name}/parity", Parity)
            .WithSummary("The report of the golden cases that this model reproduced, or not, on this machine and provider")
            .Produces(200, contentType: "application/json")
            .ProducesProblem(404);
        group
            .MapGet("/{name}/phrases", Phrases)
            .WithSummary("The standard prompts that the model knows in full: what can be asked for, and completed while it is typed")
            .Produces<KnownPhrases>()
            .ProducesProblem(404)
            .ProducesProblem(503);
        group
            .MapPost("/{name}/reload", ReloadAsync)
            .WithSummary(
                "Loads and verifies the bundle again; the earlier version goes on serving until the new one is ready, and where it fails"
            )
            .Produces<ModelDescription>()
            .ProducesProblem(404)
            .ProducesProblem(409);
    }

    private static IResult Parity(string name, ModelRegistry registry)
    {
        ModelSlot slot = registry.Find(name);
        byte[] report =
            slot.Current?.ParityReport
            ?? slot.LastReport
            ?? throw ProblemException.NotFound("no-report", "there is no parity report of this model yet");
        return TypedResults.Bytes(report, "application/json");
    }

    private static KnownPhrases Phrases(string name, ModelRegistry registry)
    {
        using ModelLease lease = registry.Acquire(name);
        try
        {
            return new KnownPhrases(StandardPhrases.Prompts(lease.Model.Pipeline(GroundParameters.DefaultPreset)));
        }
        catch (InputException)
        {
            // A bundle without a tokenizer, or with words of its own: nothing to offer.
            return new KnownPhrases([]);
        }
    }

    private static async Task<ModelDescription> ReloadAsync(string name, ModelRegistry registry)
    {
        ModelSlot slot = registry.Find(name);
        return await registry.LoadAsync(slot)
            ? Describe(slot)
            : throw new ProblemException(409, "reload", "The bundle cannot be served", $"model {slot.Name}: {slot.Problem}");
    }

    private static ModelDescription Describe(ModelSlot slot)
    {
        using ModelLease? lease = slot.TryAcquire();
        ServedModel? model = lease?.Model;
        BundleManifest? manifest = model?.Bundle.Manifest;
        return new ModelDescription
        {
            Name = slot.Name,
            State = slot.State.ToString().ToLowerInvariant(),
            Ready = model is not null,
            Problem = slot.Problem,
            BundleId = manifest?.Id,
            BundleSha256 = model?.Proof.BundleSha256,
            ParityReportSha256 = model?.Proof.ParityReportSha256,
            Model = manifest?.Model.Name,
            ImageSize = manifest?.Model.Image.Size,
            Precision = manifest?.Precision,
            Provider = model?.Model.Provider.Name,
            Presets = manifest?.Presets.ToDictionary(preset => preset.Key, preset => preset.Value.Description) ?? [],
            Calibrated = model?.Model.Calibration is not null,
            Vocabulary = manifest?.Vocabulary.Kind,
        };
    }
}

/// <summary>What a model can be asked for.</summary>
/// <param name="Phrases">Standard prompts, ordered by place, then by pathology; empty where it knows none of them.</param>
public sealed record KnownPhrases(IReadOnlyList<string> Phrases);

/// <summary>The served models.</summary>
/// <param name="Models">The first is the default.</param>
/// <param name="Limits">What a request may hold.</param>
public sealed record ModelList(IReadOnlyList<ModelDescription> Models, RequestLimits Limits);

/// <summary>What a request may hold.</summary>
/// <param name="MaxBodyBytes">Bytes of the body.</param>
/// <param name="MaxPixels">Pixels of the image.</param>
/// <param name="MaxPhrases">Phrases, those of the report included.</param>
/// <param name="MaxPhraseCharacters">Characters of a phrase.</param>
/// <param name="MaxReportCharacters">Characters of a report.</param>
/// <param name="DeadlineSeconds">Seconds until a request is given up.</param>
public sealed record RequestLimits(
    long MaxBodyBytes,
    long MaxPixels,
    int MaxPhrases,
    int MaxPhraseCharacters,
    int MaxReportCharacters,
    double DeadlineSeconds
)
{
    internal static RequestLimits Of(ServiceOptions options) =>
        new(
            options.MaxBodyBytes,
            options.MaxPixels,
            options.MaxPhrases,
            options.MaxPhraseCharacters,
            options.MaxReportCharacters,
            options.DeadlineSeconds
        );
}

/// <summary>A model.</summary>
public sealed record ModelDescription
{
    /// <summary>Name in requests.</summary>
    public required string Name { get; init; }

    /// <summary><c>loading</c>, <c>ready</c> or <c>failed</c> (the last load; an earlier version may still be served).</summary>
    public required string State { get; init; }

    /// <summary>Whether a version of it is served.</summary>
    public required bool Ready { get; init; }

    /// <summary>Why the last load failed.</summary>
    public required string? Problem { get; init; }

    /// <summary>Id of the served bundle.</summary>
    public required string? BundleId { get; init; }

    /// <summary>SHA-256 of its manifest.</summary>
    public required string? BundleSha256 { get; init; }

    /// <summary>SHA-256 of its parity report, as <c>/v1/models/{name}/parity</c> serves it.</summary>
    public required string? ParityReportSha256 { get; init; }

    /// <summary>Name of the model in the bundle.</summary>
    public required string? Model { get; init; }

    /// <summary>Side of the square that the model sees, in its own pixels.</summary>
    public required int? ImageSize { get; init; }

    /// <summary>Precision of the graphs.</summary>
    public required string? Precision { get; init; }

    /// <summary>What it runs on.</summary>
    public required string? Provider { get; init; }

    /// <summary>Presets and what they do.</summary>
    public required IReadOnlyDictionary<string, string> Presets { get; init; }

    /// <summary>Whether the model can tell which phrases an image supports.</summary>
    public required bool Calibrated { get; init; }

    /// <summary><c>closed</c>, <c>open</c> or <c>none</c>.</summary>
    public required string? Vocabulary { get; init; }
}
