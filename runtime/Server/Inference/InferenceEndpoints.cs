using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Server.Configuration;
using CxrOnnx.Server.Http;
using CxrOnnx.Server.Metrics;
using CxrOnnx.Server.Models;
using CxrOnnx.Server.Problems;
using CxrOnnx.Server.Work;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace CxrOnnx.Server.Inference;

/// <summary>The REST part of the Open Inference Protocol, version 2.</summary>
internal static class InferenceEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        RouteGroupBuilder group = app.MapGroup("/v2").WithTags("Open Inference Protocol v2");
        group.MapGet("/", Server).WithSummary("Server metadata").Produces<ServerMetadata>();
        group
            .MapGet("/health/live", () => TypedResults.Ok(new LiveState(true)))
            .WithSummary("Whether the process answers")
            .Produces<LiveState>();
        group
            .MapGet("/health/ready", Ready)
            .WithSummary("Whether every model reproduced its golden cases on this machine and is served")
            .Produces<ReadyState>()
            .Produces<ReadyState>(503);
        group
            .MapGet("/models/{name}", Model)
            .WithSummary("Model metadata")
            .Produces<ModelMetadata>()
            .ProducesProblem(404)
            .ProducesProblem(503);
        group
            .MapGet("/models/{name}/versions/{version}", Model)
            .WithSummary("Model metadata")
            .Produces<ModelMetadata>()
            .ProducesProblem(404)
            .ProducesProblem(503);
        group
            .MapGet("/models/{name}/ready", ModelReady)
            .WithSummary("Whether a model is served")
            .Produces<ModelReadyState>()
            .Produces<ModelReadyState>(503)
            .ProducesProblem(404);
        group
            .MapGet("/models/{name}/versions/{version}/ready", ModelReady)
            .WithSummary("Whether a model is served")
            .Produces<ModelReadyState>()
            .Produces<ModelReadyState>(503)
            .ProducesProblem(404);
        foreach (string route in (string[])["/models/{name}/infer", "/models/{name}/versions/{version}/infer"])
        {
            group
                .MapPost(route, Infer)
                .WithSummary("Inference with JSON tensors or the binary tensor data extension")
                .Accepts<object>("application/json", "application/octet-stream")
                .Produces(200, contentType: "application/json")
                .ProducesProblem(400)
                .ProducesProblem(404)
                .ProducesProblem(413)
                .ProducesProblem(415)
                .ProducesProblem(422)
                .ProducesProblem(429)
                .ProducesProblem(503)
                .ProducesProblem(504);
        }
    }

    private static ServerMetadata Server() => new("cxr", ToolVersion.Number, ["binary_tensor_data"]);

    private static IResult Ready(ModelRegistry registry, DrainState drain)
    {
        bool ready = registry.IsReady && !drain.IsDraining;
        ReadyState state = new(
            ready,
            ready,
            drain.IsDraining,
            [
                .. registry
                    .Slots.Where(slot => slot.Current is null)
                    .Select(slot => new ModelProblem(slot.Name, slot.State.ToString().ToLowerInvariant(), slot.Problem)),
            ]
        );
        return TypedResults.Json(state, statusCode: ready ? 200 : 503);
    }

    private static ModelMetadata Model(string name, string? version, ModelRegistry registry)
    {
        InferenceModel model = InferenceModel.Find(registry, name, version);
        using ModelLease lease = registry.Acquire(model.Slot.Name);
        BundleManifest manifest = lease.Model.Bundle.Manifest;
        BundleGraph border = model.Border(manifest);
        return new ModelMetadata(
            name,
            [manifest.Id],
            model.Graph == InferenceModel.Pipeline ? "cxr_grounding" : "onnxruntime_onnx",
            [.. border.Inputs.Select(Tensor)],
            [.. border.Outputs.Select(Tensor)]
        );
    }

    private static TensorMetadata Tensor(BundleTensor tensor) =>
        new(tensor.Name, InferenceModel.DataType(tensor), [.. tensor.Shape.Select(InferenceModel.MetadataDimension)]);

    private static IResult ModelReady(string name, string? version, ModelRegistry registry)
    {
        InferenceModel model = InferenceModel.Find(registry, name, version);
        bool ready = model.Slot.Current is not null;
        return TypedResults.Json(new ModelReadyState(name, ready), statusCode: ready ? 200 : 503);
    }

    private static async Task Infer(
        string name,
        string? version,
        HttpContext context,
        ModelRegistry registry,
        Admission admission,
        WorkQueue queue,
        GroundingWork work,
        ServiceOptions options,
        ServiceMetrics metrics
    )
    {
        InferenceModel model = InferenceModel.Find(registry, name, version);
        using Admission.Ticket ticket = admission.Enter();
        using Deadline deadline = new(context, options);
        using ModelLease lease = registry.Acquire(model.Slot.Name);
        BundleManifest manifest = lease.Model.Bundle.Manifest;
        InferenceRequest request = await InferenceRequest.ReadAsync(
            context.Request,
            model.Border(manifest),
            manifest.Model,
            options,
            deadline.Token
        );
        IReadOnlyList<InferenceTensor> outputs =
            model.Graph == InferenceModel.Pipeline
                ? await PipelineInference.RunAsync(request, lease.Model, queue, work, options, deadline.Token)
                : await RunGraphAsync(request, lease.Model, model.Graph, queue, metrics, deadline.Token);
        await InferenceResponse.WriteAsync(context, name, manifest.Id, request, outputs, deadline.Token);
    }

    private static async Task<IReadOnlyList<InferenceTensor>> RunGraphAsync(
        InferenceRequest request,
        ServedModel model,
        string graph,
        WorkQueue queue,
        ServiceMetrics metrics,
        CancellationToken cancellationToken
    )
    {
        InferenceJob job = new(model, graph, request, metrics) { CancellationToken = cancellationToken };
        queue.Add(job);
        try
        {
            return [.. (await job.Completion).Select(InferenceTensor.Of)];
        }
        catch (ArtifactException)
        {
            // The graph itself was verified at the start; what it refuses now are these inputs.
            throw ProblemException.Unusable(
                "tensor",
                "the graph cannot compute with inputs of these shapes or values; sizes must fit each other and be multiples of what the "
                    + "model halves"
            );
        }
    }
}

/// <summary>Server metadata.</summary>
/// <param name="Name">Name of the server.</param>
/// <param name="Version">Version.</param>
/// <param name="Extensions">Extensions of the protocol.</param>
internal sealed record ServerMetadata(string Name, string Version, IReadOnlyList<string> Extensions);

/// <summary>Liveness.</summary>
/// <param name="Live">Always true.</param>
internal sealed record LiveState(bool Live);

/// <summary>Readiness.</summary>
/// <param name="Ready">Whether requests are answered.</param>
/// <param name="Live">The same, under the name that an earlier text of the protocol used.</param>
/// <param name="Draining">Whether the service is being stopped.</param>
/// <param name="Models">Models that are not served, and why.</param>
internal sealed record ReadyState(bool Ready, bool Live, bool Draining, IReadOnlyList<ModelProblem> Models);

/// <summary>A model that is not served.</summary>
/// <param name="Name">Name.</param>
/// <param name="State">loading or failed.</param>
/// <param name="Problem">Why it failed.</param>
internal sealed record ModelProblem(string Name, string State, string? Problem);

/// <summary>Model metadata.</summary>
/// <param name="Name">Name as asked for.</param>
/// <param name="Versions">The bundle's id.</param>
/// <param name="Platform">onnxruntime_onnx, or cxr_grounding for the pipeline.</param>
/// <param name="Inputs">Inputs.</param>
/// <param name="Outputs">Outputs.</param>
internal sealed record ModelMetadata(
    string Name,
    IReadOnlyList<string> Versions,
    string Platform,
    IReadOnlyList<TensorMetadata> Inputs,
    IReadOnlyList<TensorMetadata> Outputs
);

/// <summary>A tensor.</summary>
/// <param name="Name">Name.</param>
/// <param name="Datatype">FP32, INT64 or BYTES.</param>
/// <param name="Shape">Dimensions; -1 where free.</param>
internal sealed record TensorMetadata(string Name, string Datatype, IReadOnlyList<long> Shape);

/// <summary>A model's readiness.</summary>
/// <param name="Name">Name.</param>
/// <param name="Ready">Whether it is served.</param>
internal sealed record ModelReadyState(string Name, bool Ready);
