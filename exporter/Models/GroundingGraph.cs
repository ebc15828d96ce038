using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Exporter.Dialects;
using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Layers;

namespace CxrOnnx.Exporter.Models;

/// <summary>
/// The whole grounding in one graph: image and token ids in, heatmaps out, with the inversion and the steps of the window as loops. Any
/// ONNX Runtime can serve it without code of ours. It carries out one preset with an inversion.
/// </summary>
internal sealed class GroundingGraph
{
    private const string LoopRound = "round";

    private readonly ModelConfiguration _model;
    private readonly PartWeights _unet;
    private readonly GraphBuilder _graph = new(PlainDialect.Instance);
    private readonly Module _root;
    private readonly IReadOnlyList<int> _steps;
    private readonly Value _timesteps;
    private readonly DdimInversion _inversion;

    private GroundingGraph(ModelConfiguration model, IReadOnlyList<int> steps, PartWeights unet)
    {
        _model = model;
        _unet = unet;
        _steps = steps;
        _root = new Module(_graph, new PartWeights("grounding", new Dictionary<string, IReadOnlyList<long>>()));
        _inversion = new DdimInversion(
            new NoiseSchedule(model.Scheduler),
            InferenceTimesteps.Trailing(model.Grounding.NumInferenceSteps, model.Scheduler.NumTrainTimesteps)
        );
        long[] timesteps = [.. _inversion.Timesteps.Ascending[..(steps[^1] + 1)].ToArray().Select(t => (long)t)];
        _timesteps = _graph.Constant("const/timesteps", timesteps, timesteps.Length);
    }

    /// <summary>
    /// <c>image</c> [1, 1, H, W], <c>input_ids</c> [K, S], <c>uncond_input_ids</c> [1, S], <c>token_mask</c> [K, S] -> <c>heatmap</c> [K,
    /// H, W].
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="preset">The preset to carry out.</param>
    /// <param name="weights">Weights by part.</param>
    /// <param name="closedVocabulary">The ids that the embedding table's rows belong to, or null: the id is the row.</param>
    public static GraphBuilder Build(
        ModelConfiguration model,
        BundlePreset preset,
        Func<string, PartWeights> weights,
        IReadOnlyList<long>? closedVocabulary
    )
    {
        if (preset.Trajectory != BundleTrajectory.Inversion)
        {
            throw new ArgumentException($"trajectory {preset.Trajectory} has no loop of one step each", nameof(preset));
        }

        return new GroundingGraph(model, preset.Steps, weights(UNetGraph.Part)).Build(weights, closedVocabulary);
    }

    private GraphBuilder Build(Func<string, PartWeights> weights, IReadOnlyList<long>? closedVocabulary)
    {
        string tokens = Number(_model.TextEncoder.MaxPositionEmbeddings);
        Value image = _graph.Input("image", "float32", "1", Number(_model.Vae.InChannels), "image_height", "image_width");
        Value ids = _graph.Input("input_ids", "int64", "prompts", tokens);
        Value emptyIds = _graph.Input("uncond_input_ids", "int64", "1", tokens);
        Value mask = _graph.Input("token_mask", "float32", "prompts", tokens);

        Module text = _root["text"];
        Value allIds = text.Node("Concat", [emptyIds, ids], NodeAttribute.Int("axis", 0));
        Value states = TextEncoderGraph.Add(_graph, _model.TextEncoder, weights(TextEncoderGraph.Part), closedVocabulary, allIds);
        Value empty = HeatmapSteps.Slice(text, states, 0, 1, 0);
        Value prompts = HeatmapSteps.Slice(text, states, 1, long.MaxValue, 0);
        Value latents = VaeEncoderGraph.Add(_graph, _model.Vae, _model.Image.LatentScale, weights(VaeEncoderGraph.Part), image);
        Value window = Invert(latents, empty);
        Value count = HeatmapSteps.Slice(text, text.Node("Shape", [ids]), 0, 1, 0);
        _graph.Output("heatmap", Finish(image, latents, Attend(window, prompts, mask), count), "prompts", "image_height", "image_width");
        return _graph;
    }

    /// <summary>The latents of the window's steps, [T, 1, Cz, h, w].</summary>
    private Value Invert(Value latents, Value empty)
    {
        Module module = _root["inversion"];
        Value first = module.Node("Unsqueeze", [latents, _graph.Integers(0)]);
        int rounds = _steps[^1];
        if (rounds == 0)
        {
            return first;
        }

        GraphBuilder body = _graph.Body();
        Module inside = new(body, new PartWeights("grounding/inversion", new Dictionary<string, IReadOnlyList<long>>()));
        (Value round, Value condition) = LoopInputs(body, "inversion");
        string[] shape = ["1", Number(_model.UNet.InChannels), "latent_height", "latent_width"];
        Value state = body.Input("/grounding/inversion/state", "float32", shape);
        Value timestep = inside.Node("Unsqueeze", [Element(inside, _timesteps, round), body.Integers(0)]);
        Value output = UNetGraph.Add(body, _model.UNet, _unet, state, timestep, empty, shared: false).OutSample;
        Value next = inside.Add(
            inside.Multiply(state, Element(inside, Coefficients("sample", step => step.NextSample), round)),
            inside.Multiply(output, Element(inside, Coefficients("output", step => step.NextOutput), round))
        );
        LoopCondition(body, inside, "inversion", condition);
        body.Output("/grounding/inversion/next", next, shape);
        body.Output("/grounding/inversion/collected", inside.Node("Identity", [next]), shape);
        Value collected = _graph.Loop("/grounding/inversion", rounds, [latents], body)[1];

        Value trajectory = module.Node("Concat", [first, collected], NodeAttribute.Int("axis", 0));
        return module.Node("Gather", [trajectory, _graph.Integers([.. _steps.Select(step => (long)step)])], NodeAttribute.Int("axis", 0));
    }

    /// <summary>The sum of the normalised maps of each level with a wanted layer, over layers and steps: [K, Q].</summary>
    private SortedDictionary<int, Value> Attend(Value window, Value prompts, Value mask)
    {
        Module module = _root["attention"];
        Value share = module.Node("Div", [mask, module.Node("ReduceSum", [mask, _graph.Integers(-1)], NodeAttribute.Int("keepdims", 1))]);
        share = module.Node("Unsqueeze", [share, _graph.Integers(-1)]);
        Value stepTimes = module.Node(
            "Gather",
            [_timesteps, _graph.Integers([.. _steps.Select(step => (long)step)])],
            NodeAttribute.Int("axis", 0)
        );

        GraphBuilder body = _graph.Body();
        Module inside = new(body, new PartWeights("grounding/attention", new Dictionary<string, IReadOnlyList<long>>()));
        (Value round, Value condition) = LoopInputs(body, "attention");
        Value timestep = inside.Node("Unsqueeze", [Element(inside, stepTimes, round), body.Integers(0)]);
        UNetValues unet = UNetGraph.Add(body, _model.UNet, _unet, Element(inside, window, round), timestep, prompts, shared: true);
        SortedDictionary<int, Value> levels = [];
        foreach (int layer in _model.Grounding.Layers)
        {
            AttentionMap map = unet.Attention[layer];
            Value mean = inside.Node("Squeeze", [inside.MatMul(map.Probabilities, share), body.Integers(-1)]);
            Value normalized = HeatmapSteps.Normalize(inside, mean, 1);
            levels[map.Level] = levels.TryGetValue(map.Level, out Value sum) ? inside.Add(sum, normalized) : normalized;
        }

        LoopCondition(body, inside, "attention", condition);
        foreach ((int level, Value sum) in levels)
        {
            body.Output(
                $"/grounding/attention/level_{Number(level)}",
                inside.Node("Identity", [sum]),
                "prompts",
                $"cells_level_{Number(level)}"
            );
        }

        Value[] collected = _graph.Loop("/grounding/attention", _steps.Count, [], body);
        SortedDictionary<int, Value> sums = [];
        foreach ((int level, Value maps) in levels.Keys.Zip(collected))
        {
            sums[level] = module.Node("ReduceSum", [maps, _graph.Integers(0)], NodeAttribute.Int("keepdims", 0));
        }

        return sums;
    }

    /// <summary>Mean over layers and steps, enlarged; Gaussian filter; min-max; Otsu where the model asks for it: [K, H, W].</summary>
    private Value Finish(Value image, Value latents, SortedDictionary<int, Value> sums, Value count)
    {
        Module module = _root["heatmap"];
        Value imageShape = module.Node("Shape", [image]);
        Value latentSides = HeatmapSteps.Slice(module, module.Node("Shape", [latents]), 2, 4, 0);
        Value single = module.Node("Concat", [count, _graph.Integers(1)], NodeAttribute.Int("axis", 0));
        Value target = module.Node("Concat", [single, HeatmapSteps.Slice(module, imageShape, 2, 4, 0)], NodeAttribute.Int("axis", 0));
        Value mean = default;
        foreach ((int level, Value sum) in sums)
        {
            Value sides = level == 0 ? latentSides : module.Node("Div", [latentSides, _graph.Integers(1L << level)]);
            Value map = module.Multiply(sum, _graph.Scalar(1f / (_steps.Count * _model.Grounding.Layers.Count)));
            map = module.Node("Reshape", [map, module.Node("Concat", [single, sides], NodeAttribute.Int("axis", 0))]);
            map = module.Node(
                "Resize",
                [map, new Value(""), new Value(""), target],
                NodeAttribute.String("mode", "linear"),
                NodeAttribute.String("coordinate_transformation_mode", "half_pixel")
            );
            mean = mean.Name is null ? map : module.Add(mean, map);
        }

        Value Side(int axis) =>
            module.Node(
                "Gather",
                [imageShape, _graph.Constant($"const/int64_scalar_{Number(axis)}", [(long)axis], [])],
                NodeAttribute.Int("axis", 0)
            );
        Value heatmap = HeatmapSteps.Smooth(module, mean, Side(2), Side(3), new GaussianFilter(_model.Grounding.GaussianSigma));
        heatmap = HeatmapSteps.Normalize(module, heatmap, 1, 2, 3);
        if (_model.Grounding.Otsu)
        {
            heatmap = HeatmapSteps.MaskByOtsu(module["otsu"], heatmap, count);
        }

        return module.Node("Squeeze", [heatmap, _graph.Integers(1)]);
    }

    private Value Coefficients(string name, Func<DiffusionStep, double> select)
    {
        float[] values = [.. Enumerable.Range(0, _steps[^1]).Select(k => (float)select(_inversion[k]))];
        return _graph.Constant($"const/next_{name}", values, values.Length);
    }

    private static Value Element(Module module, Value list, Value index) =>
        module.Node("Gather", [list, index], NodeAttribute.Int("axis", 0));

    private static (Value Round, Value Condition) LoopInputs(GraphBuilder body, string loop) =>
        (body.Input($"/grounding/{loop}/{LoopRound}", "int64"), body.Input($"/grounding/{loop}/condition", "bool"));

    private static void LoopCondition(GraphBuilder body, Module inside, string loop, Value condition) =>
        body.Output($"/grounding/{loop}/go_on", "bool", inside.Node("Identity", [condition]), []);

    private static string Number(int value) => FormattableString.Invariant($"{value}");
}
