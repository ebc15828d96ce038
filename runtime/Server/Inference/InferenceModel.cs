using System.Globalization;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Server.Configuration;
using CxrOnnx.Server.Models;
using CxrOnnx.Server.Problems;

namespace CxrOnnx.Server.Inference;

/// <summary>
/// A model in the sense of the Open Inference Protocol: a graph of a bundle, or the whole grounding (<c>pipeline</c>). Its names are
/// <c>BUNDLE.GRAPH</c>; the bundle's name alone means its pipeline, a graph's name alone that graph of the first bundle.
/// </summary>
internal sealed record InferenceModel(ModelSlot Slot, string Graph)
{
    /// <summary>Name of the whole grounding.</summary>
    public const string Pipeline = "pipeline";

    /// <summary>Inputs and outputs of the pipeline.</summary>
    private static readonly BundleGraph PipelineBorder = new(
        "",
        [new("image", "float32", ["1", "1", "original_height", "original_width"]), new("phrase", "string", ["phrases"])],
        [
            new("heatmap", "float32", ["phrases", "original_height", "original_width"]),
            new("box", "float32", ["phrases", "4"]),
            new("peak", "float32", ["phrases", "3"]),
            new("field_of_view", "float32", ["4"]),
            new("grounded", "string", ["phrases"]),
        ]
    );

    /// <summary>Finds a model.</summary>
    /// <exception cref="ProblemException">404: there is none of this name or version.</exception>
    public static InferenceModel Find(ModelRegistry registry, string name, string? version)
    {
        InferenceModel model =
            registry.Slots.Select(slot => Match(slot, name, slot == registry.Slots[0])).FirstOrDefault(match => match is not null)
            ?? throw ProblemException.NotFound(
                "model-unknown",
                $"there is no model of this name; there are {string.Join(", ", registry.Slots.Select(slot => slot.Name))}, each with "
                    + $".text_encoder, .vae_encoder, .denoiser, .attention and .pipeline"
            );
        return version is null || model.Slot.Current is not { } current || current.Bundle.Manifest.Id == version
            ? model
            : throw ProblemException.NotFound("version-unknown", $"this model is served in version {current.Bundle.Manifest.Id}");
    }

    /// <summary>The graph's border, with symbolic dimensions.</summary>
    public BundleGraph Border(BundleManifest manifest) =>
        Graph == Pipeline ? PipelineBorder
        : manifest.Graphs.TryGetValue(Graph, out BundleGraph? graph) ? graph
        : throw ProblemException.NotFound(
            "model-unknown",
            $"this bundle has no graph of this name; it has {string.Join(", ", manifest.Graphs.Keys)}"
        );

    /// <summary>The protocol's name of a data type.</summary>
    public static string DataType(BundleTensor tensor) =>
        tensor.DataType switch
        {
            "float32" => "FP32",
            "int64" => "INT64",
            "string" => "BYTES",
            _ => tensor.DataType.ToUpperInvariant(),
        };

    /// <summary>A dimension in metadata: -1 where it is free.</summary>
    public static long MetadataDimension(string dimension) =>
        long.TryParse(dimension, CultureInfo.InvariantCulture, out long fixedSize) ? fixedSize : -1;

    /// <summary>
    /// The largest size that a request may give a dimension: activations grow with it, and what the model was made for is known.
    /// </summary>
    public static long MaxDimension(string dimension, ModelConfiguration model, ServiceOptions options)
    {
        int latents = model.LatentSide;
        return long.TryParse(dimension, CultureInfo.InvariantCulture, out long fixedSize)
            ? fixedSize
            : dimension switch
            {
                "batch" or "samples" => options.MaxInferenceBatch,
                "prompt_tokens" => model.TextEncoder.MaxPositionEmbeddings,
                "image_height" or "image_width" => 2 * model.Image.Size,
                "latent_height" or "latent_width" => 2 * latents,
                "original_height" or "original_width" => options.MaxPixels,
                "phrases" => options.MaxPhrases,
                _ => options.MaxInferenceBatch,
            };
    }

    private static InferenceModel? Match(ModelSlot slot, string name, bool isDefault)
    {
        if (name == slot.Name)
        {
            return new InferenceModel(slot, Pipeline);
        }

        if (name.StartsWith(slot.Name + ".", StringComparison.Ordinal))
        {
            return Known(slot, name[(slot.Name.Length + 1)..]);
        }

        return isDefault ? Known(slot, name) : null;
    }

    private static InferenceModel? Known(ModelSlot slot, string graph) =>
        graph is "text_encoder" or "vae_encoder" or "denoiser" or "attention" or "grounding" or "grounding_evidence" or Pipeline
            ? new InferenceModel(slot, graph)
            : null;
}
