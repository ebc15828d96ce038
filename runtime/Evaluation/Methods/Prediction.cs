using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;

namespace CxrOnnx.Evaluation.Methods;

/// <summary>What a system says to a case: a heatmap or boxes.</summary>
public sealed record Prediction
{
    private Prediction(Heatmap? heatmap, IReadOnlyList<PixelBox>? boxes)
    {
        Heatmap = heatmap;
        Boxes = boxes;
    }

    /// <summary>No answer at all: the case is left out of the system's figures.</summary>
    public static Prediction None { get; } = new(null, null);

    /// <summary>Whether there is no answer.</summary>
    public bool IsNone => Heatmap is null && Boxes is null;

    /// <summary>The heatmap, in [0,1], NaN outside the system's field of view; null if it answers with boxes.</summary>
    public Heatmap? Heatmap { get; }

    /// <summary>The boxes; none is an answer too. Null if it answers with a heatmap.</summary>
    public IReadOnlyList<PixelBox>? Boxes { get; }

    /// <summary>An answer that is a heatmap.</summary>
    public static Prediction Of(Heatmap heatmap) => new(heatmap, null);

    /// <summary>An answer that is boxes.</summary>
    public static Prediction Of(IReadOnlyList<PixelBox> boxes) => new(null, boxes);
}
