using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Layers;

namespace CxrOnnx.Exporter.Models.Fused;

/// <summary>The attention of a preset's steps and the heatmaps made of it, inside a graph.</summary>
/// <param name="fused">The graph.</param>
/// <param name="preset">The preset.</param>
internal sealed class AttentionLoop(FusedGraph fused, BundlePreset preset)
{
    private const string Name = "attention";

    private readonly GraphBuilder _graph = fused.Builder;

    /// <summary>The heatmaps, [K, H, W] in [0, 1].</summary>
    /// <param name="inputs">The image and the prompts.</param>
    /// <param name="window">The latents of the preset's steps, [T, 1, Cz, h, w].</param>
    public Value Add(FusedInputs inputs, Value window) => Finish(inputs, Attend(inputs, window));

    /// <summary>The sum of the normalised maps of each level with a wanted layer, over layers and steps: [K, Q].</summary>
    private SortedDictionary<int, Value> Attend(FusedInputs inputs, Value window)
    {
        Module module = fused[Name];
        Value mask = inputs.Mask;
        Value share = module.Node("Div", [mask, module.Node("ReduceSum", [mask, _graph.Integers(-1)], NodeAttribute.Int("keepdims", 1))]);
        share = module.Node("Unsqueeze", [share, _graph.Integers(-1)]);
        Value stepTimes = StepTimes(module);

        LoopBody body = fused.Loop(Name);
        Module inside = body.Module;
        Value timestep = inside.Node("Unsqueeze", [FusedGraph.Element(inside, stepTimes, body.Round), body.Graph.Integers(0)]);
        Value sample = FusedGraph.Element(inside, window, body.Round);
        UNetValues unet = UNetGraph.Add(body.Graph, fused.Model.UNet, fused.UNet, sample, timestep, inputs.Prompts, shared: true);
        SortedDictionary<int, Value> levels = [];
        foreach (int layer in fused.Model.Grounding.Layers)
        {
            AttentionMap map = unet.Attention[layer];
            Value mean = inside.Node("Squeeze", [inside.MatMul(map.Probabilities, share), body.Graph.Integers(-1)]);
            Value normalized = HeatmapSteps.Normalize(inside, mean, 1);
            levels[map.Level] = levels.TryGetValue(map.Level, out Value sum) ? inside.Add(sum, normalized) : normalized;
        }

        body.GoOn();
        foreach ((int level, Value sum) in levels)
        {
            string cells = $"level_{FusedGraph.Number(level)}";
            body.Output(cells, inside.Node("Identity", [sum]), "prompts", $"cells_{cells}");
        }

        Value[] collected = _graph.Loop(body.Path, preset.Steps.Count, [], body.Graph);
        SortedDictionary<int, Value> sums = [];
        foreach ((int level, Value maps) in levels.Keys.Zip(collected))
        {
            sums[level] = module.Node("ReduceSum", [maps, _graph.Integers(0)], NodeAttribute.Int("keepdims", 0));
        }

        return sums;
    }

    /// <summary>Mean over layers and steps, enlarged; Gaussian filter; min-max; Otsu where the model asks for it: [K, H, W].</summary>
    private Value Finish(FusedInputs inputs, SortedDictionary<int, Value> sums)
    {
        Module module = fused["heatmap"];
        Value imageShape = module.Node("Shape", [inputs.Image]);
        Value latentSides = HeatmapSteps.Slice(module, module.Node("Shape", [inputs.Latents]), 2, 4, 0);
        Value single = module.Node("Concat", [inputs.Count, _graph.Integers(1)], NodeAttribute.Int("axis", 0));
        Value target = module.Node("Concat", [single, HeatmapSteps.Slice(module, imageShape, 2, 4, 0)], NodeAttribute.Int("axis", 0));
        Value mean = default;
        foreach ((int level, Value sum) in sums)
        {
            Value sides = level == 0 ? latentSides : module.Node("Div", [latentSides, _graph.Integers(1L << level)]);
            Value map = module.Multiply(sum, _graph.Scalar(1f / (preset.Steps.Count * fused.Model.Grounding.Layers.Count)));
            map = module.Node("Reshape", [map, module.Node("Concat", [single, sides], NodeAttribute.Int("axis", 0))]);
            map = HeatmapSteps.Enlarge(module, map, target);
            mean = mean.Name is null ? map : module.Add(mean, map);
        }

        GaussianFilter filter = new(fused.Model.Grounding.GaussianSigma);
        Value height = HeatmapSteps.Side(module, imageShape, 2);
        Value heatmap = HeatmapSteps.Smooth(module, mean, height, HeatmapSteps.Side(module, imageShape, 3), filter);
        heatmap = HeatmapSteps.Normalize(module, heatmap, 1, 2, 3);
        if (fused.Model.Grounding.Otsu)
        {
            heatmap = HeatmapSteps.MaskByOtsu(module["otsu"], heatmap, inputs.Count);
        }

        return module.Node("Squeeze", [heatmap, _graph.Integers(1)]);
    }

    private Value StepTimes(Module module)
    {
        Value timesteps = fused.Integers("const/timesteps", fused.Timesteps.Ascending[..(preset.Steps[^1] + 1)].ToArray());
        return module.Node(
            "Gather",
            [timesteps, _graph.Integers([.. preset.Steps.Select(step => (long)step)])],
            NodeAttribute.Int("axis", 0)
        );
    }
}
