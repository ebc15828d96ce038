using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Layers;

namespace CxrOnnx.Exporter.Models.Fused;

/// <summary>Attention and gain joined to an evidence map, as <see cref="CxrOnnx.Core.Evidence.EvidenceMaps"/> does it.</summary>
/// <param name="fused">The graph.</param>
/// <param name="recipe">What joins them.</param>
internal sealed class EvidenceJoin(FusedGraph fused, EvidenceRecipe recipe)
{
    private readonly GraphBuilder _graph = fused.Builder;
    private readonly Module _module = fused["evidence"];

    /// <summary>The finished maps [K, N, N], and how much the image speaks for each prompt [K].</summary>
    /// <param name="attention">[K, N, N] in [0, 1].</param>
    /// <param name="agreement">[K, 1, h, w].</param>
    /// <param name="change">[K, 1, h, w].</param>
    public (Value Heatmap, Value Score) Add(Value attention, Value agreement, Value change)
    {
        int cell = fused.Model.Image.Size / fused.Model.LatentSide;
        Value place = _module.Node(
            "AveragePool",
            [_module.Node("Unsqueeze", [attention, _graph.Integers(1)])],
            NodeAttribute.Ints("kernel_shape", cell, cell),
            NodeAttribute.Ints("strides", cell, cell)
        );
        Value score = Score(place, agreement, change);
        Value smoothed = Smooth(_module["attention"], place);
        Value fall = Smooth(_module["gain"], _module.Node("Sub", [_module.Multiply(agreement, _graph.Scalar(2)), change]));
        Value gain = Scaled(fall);
        Value both = _module.Node("Sqrt", [_module.Multiply(smoothed, gain)]);
        EvidenceWeights weights = recipe.Weights;
        Value sum = _module.Add(Weighted(smoothed, weights.Attention), _graph.Scalar((float)weights.Intercept));
        sum = _module.Add(_module.Add(sum, Weighted(gain, weights.Gain)), Weighted(both, weights.Both));
        Value cells = _module.Node("Pow", [_module.Node("Sigmoid", [sum]), _graph.Scalar((float)recipe.Exponent)]);
        Value single = HeatmapSteps.Slice(_module, _module.Node("Shape", [cells]), 0, 2, 0);
        long side = fused.Model.Image.Size;
        Value target = _module.Node("Concat", [single, _graph.Integers(side, side)], NodeAttribute.Int("axis", 0));
        Value heatmap = HeatmapSteps.Normalize(_module["heatmap"], HeatmapSteps.Enlarge(_module, cells, target), 1, 2, 3);
        return (_module.Node("Squeeze", [heatmap, _graph.Integers(1)]), score);
    }

    /// <summary>The matched filter a / sqrt(c) under the attention; 0 where the prompt changes nothing or is attended to nowhere.</summary>
    private Value Score(Value place, Value agreement, Value change)
    {
        Module module = _module["score"];
        Value Sum(Value map) => module.Node("ReduceSum", [map, _graph.Integers(1, 2, 3)], NodeAttribute.Int("keepdims", 0));
        Value square = module.Multiply(Sum(module.Multiply(place, change)), Sum(place));
        Value some = module.Node("Greater", [square, _graph.Scalar(0)]);
        Value root = module.Node("Sqrt", [module.Node("Where", [some, square, _graph.Scalar(1)])]);
        Value quotient = module.Node("Div", [Sum(module.Multiply(place, agreement)), root]);
        return module.Node("Where", [some, quotient, _graph.Scalar(0)]);
    }

    private Value Smooth(Module module, Value map)
    {
        int side = fused.Model.LatentSide;
        Value shape = module.Node("Shape", [map]);
        (Value height, Value width) = (HeatmapSteps.Side(module, shape, 2), HeatmapSteps.Side(module, shape, 3));
        return HeatmapSteps.Smooth(module, map, height, width, new GaussianFilter(recipe.Smoothing * side), "cell_gaussian");
    }

    /// <summary>Negative values 0, the largest 1; zero where nothing is positive.</summary>
    private Value Scaled(Value fall)
    {
        Value positive = _module.Node("Max", [fall, _graph.Scalar(0)]);
        Value largest = _module.Node("ReduceMax", [positive], NodeAttribute.Ints("axes", 1, 2, 3), NodeAttribute.Int("keepdims", 1));
        Value some = _module.Node("Greater", [largest, _graph.Scalar(0)]);
        return _module.Node("Div", [positive, _module.Node("Where", [some, largest, _graph.Scalar(1)])]);
    }

    private Value Weighted(Value map, double weight) => _module.Multiply(map, _graph.Scalar((float)weight));
}
