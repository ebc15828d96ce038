using CxrOnnx.Core.Metrics;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>
/// Wrong phrases that differ from a right one in one respect: what a model that has understood side, zone and pathology tells apart. A
/// phrase that is true of the image too, or true in part ("left" for "left lower", "opacity" for "pneumonia"), is no distractor.
/// </summary>
public static class DistractorPhrases
{
    // What a height's zones are; a distractor is of another height.
    private static readonly Zone[][] Heights =
    [
        [Zone.Upper, Zone.Apical],
        [Zone.Middle, Zone.Lingula],
        [Zone.Lower, Zone.Base, Zone.Costophrenic, Zone.Pleural],
    ];

    /// <summary>At most one distractor of each kind.</summary>
    /// <param name="truth">The right phrase.</param>
    /// <param name="alsoTrue">The other phrases that are right on the image.</param>
    /// <param name="seed">Seed of the choice.</param>
    public static IReadOnlyList<(DistractorKind Kind, StandardPrompt Prompt)> Of(
        StandardPrompt truth,
        IReadOnlyCollection<StandardPrompt> alsoTrue,
        ulong seed
    )
    {
        SplitMix64 random = new(seed);
        List<(DistractorKind, StandardPrompt)> found = [];
        void Add(DistractorKind kind, StandardPrompt[] candidates)
        {
            StandardPrompt[] wrong =
            [
                .. candidates.Where(candidate => candidate != truth && alsoTrue.All(other => other.Text != candidate.Text)),
            ];
            if (wrong.Length > 0)
            {
                found.Add((kind, wrong[random.NextIndex(wrong.Length)]));
            }
        }

        // "Left lower" is true in part of "bilateral lower": only phrases of one side have an opposite.
        Add(DistractorKind.Side, truth.OtherSide is { } opposite ? [opposite] : []);
        Add(DistractorKind.Zone, [.. OtherZones(truth)]);
        Add(DistractorKind.Pathology, [.. OtherPathologies(truth, alsoTrue)]);
        return found;
    }

    private static IEnumerable<StandardPrompt> OtherZones(StandardPrompt truth)
    {
        if (
            truth.Locations.Count == 0
            || !truth.Locations.All(location => location.Side != Side.None && Heights.Any(zones => zones.Contains(location.Zone)))
        )
        {
            return [];
        }

        return Heights
            .Where(zones => !truth.Locations.Any(location => zones.Contains(location.Zone)))
            .Select(zones => new StandardPrompt(truth.Pathology, truth.Locations.Select(location => Location.Of(location.Side, zones[0]))));
    }

    private static IEnumerable<StandardPrompt> OtherPathologies(StandardPrompt truth, IReadOnlyCollection<StandardPrompt> alsoTrue)
    {
        // The heart is no place for anything else.
        Location[] places = truth.Pathology == Pathology.Cardiomegaly ? [Location.Pulmonary] : [.. truth.Locations];
        return Pathology
            .All.Where(other =>
                other != Pathology.Cardiomegaly
                && !MayBeTheSame(other, truth.Pathology)
                && alsoTrue.All(prompt => !MayBeTheSame(other, prompt.Pathology))
            )
            .Select(other => new StandardPrompt(other, places));
    }

    /// <summary>
    /// Pneumonia and consolidation are one thing in many reports, and "opacity" is said of whatever makes the lung denser.
    /// </summary>
    internal static bool MayBeTheSame(Pathology one, Pathology other)
    {
        static bool IsAirspace(Pathology pathology) => pathology == Pathology.Pneumonia || pathology == Pathology.Consolidation;
        static bool IsDense(Pathology pathology) =>
            IsAirspace(pathology) || pathology == Pathology.Atelectasis || pathology == Pathology.Edema;
        return one == other
            || (IsAirspace(one) && IsAirspace(other))
            || (one == Pathology.LungOpacity && IsDense(other))
            || (other == Pathology.LungOpacity && IsDense(one));
    }
}
