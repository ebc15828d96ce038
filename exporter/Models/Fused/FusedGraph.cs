using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Exporter.Dialects;
using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Layers;

namespace CxrOnnx.Exporter.Models.Fused;

/// <summary>What the parts of a graph that holds a whole grounding have in common: the graph, the model, the loops' plumbing.</summary>
internal sealed class FusedGraph
{
    private const string Part = "grounding";

    private readonly Func<string, PartWeights> _weights;
    private readonly Module _root;

    /// <summary>Starts an empty graph.</summary>
    /// <param name="model">The model.</param>
    /// <param name="weights">Weights by part.</param>
    public FusedGraph(ModelConfiguration model, Func<string, PartWeights> weights)
    {
        Model = model;
        _weights = weights;
        UNet = weights(UNetGraph.Part);
        _root = new Module(Builder, Nothing(Part));
        Schedule = new NoiseSchedule(model.Scheduler);
        Timesteps = InferenceTimesteps.Trailing(model.Grounding.NumInferenceSteps, model.Scheduler.NumTrainTimesteps);
    }

    /// <summary>The graph.</summary>
    public GraphBuilder Builder { get; } = new(PlainDialect.Instance);

    /// <summary>The model.</summary>
    public ModelConfiguration Model { get; }

    /// <summary>Weights of the U-Net.</summary>
    public PartWeights UNet { get; }

    /// <summary>The training schedule.</summary>
    public NoiseSchedule Schedule { get; }

    /// <summary>The inference steps.</summary>
    public InferenceTimesteps Timesteps { get; }

    /// <summary>Names the nodes of a part.</summary>
    public Module this[string part] => _root[part];

    /// <summary>
    /// <c>image</c>, <c>input_ids</c>, <c>uncond_input_ids</c> and <c>token_mask</c>, the text encoder and the encoder of images.
    /// </summary>
    /// <param name="closedVocabulary">The ids that the embedding table's rows belong to, or null: the id is the row.</param>
    /// <param name="imageSides">The image's dimensions: names, or numbers where the graph is for one size.</param>
    public FusedInputs Encode(IReadOnlyList<long>? closedVocabulary, (string Height, string Width) imageSides)
    {
        string tokens = Number(Model.TextEncoder.MaxPositionEmbeddings);
        Value image = Builder.Input("image", "float32", "1", Number(Model.Vae.InChannels), imageSides.Height, imageSides.Width);
        Value ids = Builder.Input("input_ids", "int64", "prompts", tokens);
        Value emptyIds = Builder.Input("uncond_input_ids", "int64", "1", tokens);
        Value mask = Builder.Input("token_mask", "float32", "prompts", tokens);

        Module text = _root["text"];
        Value allIds = text.Node("Concat", [emptyIds, ids], NodeAttribute.Int("axis", 0));
        Value states = TextEncoderGraph.Add(Builder, Model.TextEncoder, _weights(TextEncoderGraph.Part), closedVocabulary, allIds);
        Value empty = HeatmapSteps.Slice(text, states, 0, 1, 0);
        Value prompts = HeatmapSteps.Slice(text, states, 1, long.MaxValue, 0);
        Value latents = VaeEncoderGraph.Add(Builder, Model.Vae, Model.Image.LatentScale, _weights(VaeEncoderGraph.Part), image);
        Value count = HeatmapSteps.Slice(text, text.Node("Shape", [ids]), 0, 1, 0);
        return new FusedInputs(image, latents, states, empty, prompts, mask, count);
    }

    /// <summary>Starts the body of a loop.</summary>
    /// <param name="name">Name of the loop.</param>
    public LoopBody Loop(string name)
    {
        GraphBuilder body = Builder.Body();
        return new LoopBody(
            body,
            new Module(body, Nothing($"{Part}/{name}")),
            $"/{Part}/{name}",
            body.Input($"/{Part}/{name}/round", "int64"),
            body.Input($"/{Part}/{name}/condition", "bool")
        );
    }

    /// <summary>A list of time steps as a constant.</summary>
    public Value Integers(string name, IEnumerable<int> values)
    {
        long[] list = [.. values.Select(value => (long)value)];
        return Builder.Constant(name, list, list.Length);
    }

    /// <summary>Element of a list, its first dimension taken away.</summary>
    public static Value Element(Module module, Value list, Value index) =>
        module.Node("Gather", [list, index], NodeAttribute.Int("axis", 0));

    /// <summary>A number as it stands in names and shapes.</summary>
    public static string Number(int value) => FormattableString.Invariant($"{value}");

    private static PartWeights Nothing(string part) => new(part, new Dictionary<string, IReadOnlyList<long>>());
}
