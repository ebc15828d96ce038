using CxrOnnx.Core;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Evaluation.Methods;
using CxrOnnx.Imaging;
using CxrOnnx.Workflows;

namespace CxrOnnx.Evaluation;

/// <summary>A system that an evaluation asks.</summary>
/// <typeparam name="T">What it is to the task.</typeparam>
/// <param name="Name">Its name.</param>
/// <param name="Open">Opens it; the caller disposes it where it can be.</param>
internal sealed record NamedSystem<T>(string Name, Func<T> Open)
{
    /// <summary>The systems of a request, in the order of the report; none is opened yet.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="atlas">For the baselines.</param>
    /// <param name="bundle">Makes the system of a bundle's preset: name, as it was given, path, preset.</param>
    /// <param name="maps">Makes the system of heatmaps and baselines.</param>
    /// <param name="boxes">Makes the system of boxes.</param>
    /// <exception cref="InputException">There is no such bundle, two have one name, or a crop belongs to none.</exception>
    public static IReadOnlyList<NamedSystem<T>> Of(
        EvaluateRequest request,
        LocationAtlas atlas,
        Func<string, NamedPath, string, string, T> bundle,
        Func<IEvaluatedSystem, T> maps,
        Func<BoxPredictions, T> boxes
    )
    {
        List<NamedSystem<T>> systems = [];
        foreach (NamedPath given in request.Bundles)
        {
            string path = BundleLocator.Find(given.Path);
            foreach (string preset in request.Presets)
            {
                string name = SystemNames.OfBundle(given, path, preset, request.Presets.Count);
                systems.Add(new(name, () => bundle(name, given, path, preset)));
            }
        }

        foreach (NamedPath folder in request.Heatmaps)
        {
            string name = SystemNames.OfFolder(folder);
            systems.Add(
                new(
                    name,
                    () =>
                        maps(
                            new HeatmapFolder(
                                folder.Path,
                                name,
                                path => RadiographReader.Read(path).Image,
                                request.Crops.GetValueOrDefault(name),
                                request.Unanswered
                            )
                        )
                )
            );
        }

        foreach (NamedPath file in request.Boxes)
        {
            string name = SystemNames.OfBoxes(file);
            systems.Add(
                new(name, () => boxes(new BoxPredictions(file.Path, name, request.Crops.GetValueOrDefault(name), request.Unanswered)))
            );
        }

        systems.AddRange(request.Baselines.Distinct().Select(name => new NamedSystem<T>(name, () => maps(Baselines.Open(name, atlas)))));
        Check(request, [.. systems.Select(system => system.Name)]);
        return systems;
    }

    private static void Check(EvaluateRequest request, string[] names)
    {
        if (names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new InputException($"two systems are called '{twice.Key}'; name one with NAME=PATH");
        }

        string[] others = [.. names.Except(request.Baselines)];
        if (request.Crops.Keys.Except(others).FirstOrDefault() is { } unknown)
        {
            throw new InputException(
                $"`crop` {unknown}={request.Crops[unknown].Text}: no heatmaps or boxes have the name {unknown}; give it as "
                    + $"NAME=PATH, there are {string.Join(", ", others)}"
            );
        }
    }
}
