using System.Globalization;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Evaluation.Methods;

/// <summary>
/// The lower bound that matters: the phrase's locations drawn from the atlas without looking at the image. A model that is not better than
/// this has learned anatomy, not findings.
/// </summary>
/// <remarks>
/// A phrase without a known location is drawn as both lungs, the heart for cardiomegaly. NaN outside the model's field of view, as for a
/// model.
/// </remarks>
public sealed class PriorBaseline : IEvaluatedSystem
{
    private readonly LocationAtlas _atlas;
    private readonly double _widen;

    /// <summary>Creates the baseline.</summary>
    /// <param name="atlas">Where the locations lie.</param>
    /// <param name="widen">Factor on the standard deviations.</param>
    /// <param name="name">Name in the results.</param>
    public PriorBaseline(LocationAtlas atlas, double widen = 1, string name = "prior")
    {
        _atlas = atlas;
        _widen = widen;
        Name = name;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Description =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"the atlas' Gaussians at the phrase's locations{(_widen == 1 ? "" : $", sigma x {_widen}")}; never looks at the image "
                + $"(atlas: {_atlas.Source})"
        );

    /// <inheritdoc/>
    public bool IsThreadSafe => true;

    /// <summary>The locations that a phrase of a class names, or the default of the class.</summary>
    public static IReadOnlyList<Location> LocationsOf(string phrase, string category)
    {
        if (!Pathology.TryFind(category, out Pathology? pathology))
        {
            StandardPrompt.TryParse(phrase, out StandardPrompt? prompt);
            return prompt is { Locations.Count: > 0 } ? prompt.Locations : [Location.Pulmonary];
        }

        IReadOnlyList<Location> named = PhraseLocations.Named(phrase, pathology);
        return named.Count > 0 ? named : [pathology == Pathology.Cardiomegaly ? Location.Cardiomegaly : Location.Pulmonary];
    }

    /// <inheritdoc/>
    public Prediction Answer(EvaluationCase item)
    {
        const int side = (int)LocationGaussian.GridSide;
        IEnumerable<LocationGaussian> gaussians = LocationsOf(item.LabelText, item.CategoryName).SelectMany(_atlas.Gaussians).Distinct();
        float[] map = GaussianMap.Render(
            [.. gaussians.Select(gaussian => gaussian with { SigmaX = gaussian.SigmaX * _widen, SigmaY = gaussian.SigmaY * _widen })],
            GridSize.Square(side)
        );
        UnitRange.Normalize(map);
        return Prediction.Of(new Heatmap(item.ImageSize, new ImageTransform(item.ImageSize, side).ToOriginal(map)));
    }
}
