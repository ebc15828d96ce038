using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Phantom;

/// <summary>
/// Draws the findings of a patient from the settings' prevalences: distinct pathologies, no two in the same zone of a lung.
/// </summary>
internal sealed class FindingPlanner
{
    private readonly double[] _counts;
    private readonly (string Pathology, double[] Weights, string[] Locations)[] _entries;
    private readonly double[] _pathologyWeights;

    public FindingPlanner(PhantomSettings settings)
    {
        _counts = [.. settings.FindingCounts];
        // Sorted, so that the order of a dictionary's entries does not change the patients.
        _entries =
        [
            .. settings
                .Prevalences.OrderBy(pair => pair.Key, StringComparer.Ordinal)
                .Select(pair =>
                {
                    KeyValuePair<string, double>[] locations =
                    [
                        .. pair.Value.Locations.OrderBy(location => location.Key, StringComparer.Ordinal),
                    ];
                    return (
                        pair.Key,
                        locations.Select(location => location.Value).ToArray(),
                        locations.Select(location => location.Key).ToArray()
                    );
                }),
        ];
        _pathologyWeights = [.. _entries.Select(entry => settings.Prevalences[entry.Pathology].Weight)];
    }

    public IReadOnlyList<FindingPlan> Plan(PhantomRandom random)
    {
        int count = random.Weighted(_counts);
        var plans = new List<FindingPlan>(count);
        for (int attempt = 0; plans.Count < count && attempt < 24; attempt++)
        {
            var (pathology, weights, locations) = _entries[random.Weighted(_pathologyWeights)];
            string location = locations[random.Weighted(weights)];
            List<FindingSite> sites = [.. LocationNames.Sites(location)!];
            List<string> names = [location];
            // Now and then two separate places: "left lower and right upper pneumonia".
            if (sites.Count == 1 && pathology is "pneumonia" or "consolidation" or "lung opacity" or "atelectasis" && random.Chance(0.07f))
            {
                string other = locations[random.Weighted(weights)];
                IReadOnlyList<FindingSite> more = LocationNames.Sites(other)!;
                if (more.Count == 1 && !Clash(more[0], sites[0]) && !MergesToBilateral(more[0], sites[0]))
                {
                    names.Add(other);
                    sites.Add(more[0]);
                }
            }

            float severity = random.Unit();
            bool taken = plans.Exists(plan => plan.Pathology == pathology || plan.Sites.Any(site => sites.Any(mine => Clash(site, mine))));
            if (!taken)
            {
                plans.Add(new(pathology, names, sites, severity));
            }
        }

        return plans;
    }

    private static bool MergesToBilateral(FindingSite a, FindingSite b) => a.Side != b.Side && a.Zone == b.Zone;

    private static bool Clash(FindingSite a, FindingSite b)
    {
        if (a.Zone == Zone.Heart || b.Zone == Zone.Heart || a.Side != b.Side)
        {
            return false;
        }

        (float top, float bottom) = Extent(a.Zone);
        (float otherTop, float otherBottom) = Extent(b.Zone);
        return top < otherBottom - 0.05f && otherTop < bottom - 0.05f;
    }

    private static (float Top, float Bottom) Extent(Zone zone) =>
        zone switch
        {
            Zone.Apical => (0f, 0.2f),
            Zone.Upper => (0.1f, 0.4f),
            Zone.Middle or Zone.Lingula => (0.4f, 0.66f),
            Zone.Lower or Zone.Base or Zone.Costophrenic => (0.62f, 1f),
            Zone.Pleural => (0.3f, 1f),
            _ => (0f, 1f),
        };
}
