namespace CxrOnnx.Core.Prompts;

/// <summary>The places of a finding, from those of its statements: merged, and completed by what a pathology's name says already.</summary>
internal static class DefaultPlaces
{
    /// <summary>The places of a pathology that several statements name.</summary>
    public static IReadOnlyList<Location> Of(Pathology pathology, IEnumerable<IReadOnlyList<Location>> statements)
    {
        if (pathology == Pathology.Cardiomegaly)
        {
            return [Location.Cardiomegaly];
        }

        IReadOnlyList<Location> locations = LocationScanner.Merge(statements.SelectMany(places =>
            pathology == Pathology.PleuralEffusion ? Narrowed(places) : places));
        if (pathology == Pathology.Edema)
        {
            // "Pulmonary" is what edema is called wherever it is; a place says more, unless it is both lungs.
            List<Location> places = [.. locations.Where(location => location != Location.Pulmonary
                && location != Location.Of(Side.Bilateral, Zone.Lung))];
            return places.Count > 0 ? places : [Location.Pulmonary];
        }

        locations = [.. locations.Where(location => location != Location.Pulmonary)];

        // Fluid gathers in the pleura whether the report says so or not.
        return pathology == Pathology.PleuralEffusion
            ? LocationScanner.Merge(
                locations.Select(location => location.Zone == Zone.Lung ? Location.Of(location.Side, Zone.Pleural) : location))
            : locations;
    }

    /// <summary>
    /// "Blunting of both costophrenic angles from small bilateral effusions" is at the angles, and not also anywhere else.
    /// </summary>
    private static IEnumerable<Location> Narrowed(IReadOnlyList<Location> places) => places.Where(place =>
        place.Zone != Zone.Lung || !places.Any(other => other.Zone == Zone.Costophrenic && other.Side == place.Side));
}
