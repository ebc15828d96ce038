using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Onnx;

namespace CxrOnnx.Exporter.Layers;

/// <summary>The post-processing of attention maps as graph nodes: the same steps as <c>CxrOnnx.Core.Heatmaps</c>.</summary>
internal static class HeatmapSteps
{
    /// <summary>Min-max to [0,1] over some dimensions; a constant map becomes zero.</summary>
    /// <param name="module">Names the nodes.</param>
    /// <param name="map">The maps.</param>
    /// <param name="axes">Dimensions of one map.</param>
    public static Value Normalize(Module module, Value map, params ReadOnlySpan<long> axes)
    {
        Value minimum = module.Node("ReduceMin", [map], NodeAttribute.Ints("axes", axes), NodeAttribute.Int("keepdims", 1));
        Value maximum = module.Node("ReduceMax", [map], NodeAttribute.Ints("axes", axes), NodeAttribute.Int("keepdims", 1));
        Value range = module.Node("Sub", [maximum, minimum]);
        Value constant = module.Node("Equal", [range, module.Graph.Scalar(0)]);
        Value divisor = module.Node("Where", [constant, module.Graph.Scalar(1), range]);
        return module.Node("Div", [module.Node("Sub", [map, minimum]), divisor]);
    }

    /// <summary>Separable Gaussian filter with mirrored edges, the edge pixel repeated (d c b a | a b c d | d c b a).</summary>
    /// <param name="module">Names the nodes.</param>
    /// <param name="map">[K, 1, H, W].</param>
    /// <param name="height">H, int64 without dimensions.</param>
    /// <param name="width">W, int64 without dimensions.</param>
    /// <param name="filter">The filter.</param>
    /// <param name="name">Names the kernels; another one for another filter in a graph.</param>
    public static Value Smooth(Module module, Value map, Value height, Value width, GaussianFilter filter, string name = "gaussian")
    {
        if (filter.Radius == 0)
        {
            return map;
        }

        ReadOnlySpan<float> half = filter.Weights;
        float[] kernel = new float[(2 * filter.Radius) + 1];
        for (int i = 0; i < kernel.Length; i++)
        {
            kernel[i] = half[Math.Abs(i - filter.Radius)];
        }

        Value rows = module.Graph.Constant($"const/{name}_rows", kernel, 1, 1, kernel.Length, 1);
        Value columns = module.Graph.Constant($"const/{name}_columns", kernel, 1, 1, 1, kernel.Length);
        map = module.Node("Gather", [map, Mirrored(module, height, filter.Radius)], NodeAttribute.Int("axis", 2));
        map = module.Node("Conv", [map, rows], NodeAttribute.Ints("kernel_shape", kernel.Length, 1));
        map = module.Node("Gather", [map, Mirrored(module, width, filter.Radius)], NodeAttribute.Int("axis", 3));
        return module.Node("Conv", [map, columns], NodeAttribute.Ints("kernel_shape", 1, kernel.Length));
    }

    /// <summary>Enlarges maps bilinearly, pixel centres at halves.</summary>
    /// <param name="module">Names the nodes.</param>
    /// <param name="map">[K, 1, h, w].</param>
    /// <param name="target">K, 1, H and W, int64 [4].</param>
    public static Value Enlarge(Module module, Value map, Value target) =>
        module.Node(
            "Resize",
            [map, new Value(""), new Value(""), target],
            NodeAttribute.String("mode", "linear"),
            NodeAttribute.String("coordinate_transformation_mode", "half_pixel")
        );

    /// <summary>One dimension of a shape, int64 without dimensions.</summary>
    public static Value Side(Module module, Value shape, int axis) =>
        module.Node("Gather", [shape, module.Graph.IntegerScalar(axis)], NodeAttribute.Int("axis", 0));

    /// <summary>
    /// Otsu's mask multiplied in: everything not above the threshold becomes zero. The values must be min-max normalised.
    /// </summary>
    /// <param name="module">Names the nodes.</param>
    /// <param name="map">[K, 1, H, W] in [0,1].</param>
    /// <param name="prompts">K, int64 [1].</param>
    public static Value MaskByOtsu(Module module, Value map, Value prompts)
    {
        // The map's range is [0, 1], so the 256 bins' edges are i / 256, exact in single precision, and so is the bin of every value.
        const int Bins = OtsuThreshold.BinCount;
        GraphBuilder graph = module.Graph;
        float[] centers = [.. Enumerable.Range(0, Bins).Select(i => (i + 0.5f) / Bins)];
        Value flat = module.Node("Flatten", [map], NodeAttribute.Int("axis", 1));
        Value bins = module.Node("Floor", [module.Multiply(flat, graph.Scalar(Bins))]);
        bins = module.Node("Min", [bins, graph.Scalar(Bins - 1)]);
        Value ones = module.Node("Expand", [graph.Scalar(1), module.Node("Shape", [flat])]);
        Value none = module.Node(
            "Expand",
            [graph.Scalar(0), module.Node("Concat", [prompts, graph.Integers(Bins)], NodeAttribute.Int("axis", 0))]
        );
        Value counts = module.Node(
            "ScatterElements",
            [none, Cast(module, bins, TensorProto.Types.DataType.Int64), ones],
            NodeAttribute.Int("axis", 1),
            NodeAttribute.String("reduction", "add")
        );
        counts = Cast(module, counts, TensorProto.Types.DataType.Double);
        Value moments = module.Multiply(
            counts,
            graph.Constant("const/otsu_centers", centers.Select(center => (double)center).ToArray(), 1, Bins)
        );
        Value last = module.Graph.IntegerScalar(1);
        Value below = module.Node("CumSum", [counts, last]);
        Value belowMoment = module.Node("CumSum", [moments, last]);
        Value total = Slice(module, below, Bins - 1, Bins, 1);
        Value moment = Slice(module, belowMoment, Bins - 1, Bins, 1);
        below = Slice(module, below, 0, Bins - 1, 1);
        belowMoment = Slice(module, belowMoment, 0, Bins - 1, 1);
        Value above = module.Node("Sub", [total, below]);
        Value difference = module.Node(
            "Sub",
            [module.Node("Div", [belowMoment, below]), module.Node("Div", [module.Node("Sub", [moment, belowMoment]), above])]
        );
        Value variance = module.Multiply(module.Multiply(below, above), module.Multiply(difference, difference));

        // With no pixel on one side the quotient is 0 / 0 and the split is none.
        Value zero = graph.Constant("const/double_0", [0.0], []);
        Value empty = module.Node("Or", [module.Node("Equal", [below, zero]), module.Node("Equal", [above, zero])]);
        variance = module.Node("Where", [empty, graph.Constant("const/double_-1", [-1.0], []), variance]);
        Value best = module.Node("ArgMax", [variance], NodeAttribute.Int("axis", 1), NodeAttribute.Int("keepdims", 1));
        Value threshold = module.Node(
            "Gather",
            [graph.Constant("const/otsu_thresholds", centers, Bins), best],
            NodeAttribute.Int("axis", 0)
        );
        Value masked = module.Node("Where", [module.Node("Greater", [flat, threshold]), flat, graph.Scalar(0)]);
        return module.Node("Reshape", [masked, module.Node("Shape", [map])]);
    }

    /// <summary>A range of one dimension.</summary>
    public static Value Slice(Module module, Value value, long start, long end, long axis) =>
        module.Node("Slice", [value, module.Graph.Integers(start), module.Graph.Integers(end), module.Graph.Integers(axis)]);

    private static Value Cast(Module module, Value value, TensorProto.Types.DataType type) =>
        module.Node("Cast", [value], NodeAttribute.Int("to", (long)type));

    /// <summary>Positions -radius .. length + radius - 1 mirrored into 0 .. length - 1, also where the radius exceeds the length.</summary>
    private static Value Mirrored(Module module, Value length, int radius)
    {
        Value one = module.Graph.IntegerScalar(1);
        Value positions = module.Node(
            "Range",
            [module.Graph.IntegerScalar(-radius), module.Add(length, module.Graph.IntegerScalar(radius)), one]
        );
        Value period = module.Multiply(length, module.Graph.IntegerScalar(2));
        Value within = module.Node("Mod", [positions, period]);
        Value mirrored = module.Node("Sub", [module.Node("Sub", [period, one]), within]);
        return module.Node("Where", [module.Node("Less", [within, length]), within, mirrored]);
    }
}
