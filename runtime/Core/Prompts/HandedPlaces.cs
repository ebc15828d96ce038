namespace CxrOnnx.Core.Prompts;

/// <summary>What becomes of a place that one finding of a sentence hands on to another.</summary>
internal static class HandedPlaces
{
    /// <summary>"Opacities at both bases have cleared on the left and persist on the right": at the right base.</summary>
    public static IReadOnlyList<Location> InZoneOfBoth(IReadOnlyList<Location> own, IReadOnlyList<Location> before) =>
        own is [{ Zone: Zone.Lung } place]
        && before.Where(location => location is { Side: Side.Bilateral, Zone: not Zone.Lung }).ToArray() is [var both]
            ? [Location.Of(place.Side, both.Zone)]
            : own;

    /// <summary>"Left pneumonia with a contralateral effusion": the other side, without a zone.</summary>
    public static IReadOnlyList<Location> Opposite(IReadOnlyList<Location> places) =>
        [
            .. places
                .Where(place => place.Side is Side.Left or Side.Right)
                .Select(place => Location.Of(place.Side == Side.Left ? Side.Right : Side.Left, Zone.Lung))
                .Distinct(),
        ];

    /// <summary>
    /// What is left of a place that is handed on: fluid and air beside a lobe's shadow are on its side, and not in the lobe.
    /// </summary>
    public static IReadOnlyList<Location> Fitting(Pathology pathology, IReadOnlyList<Location> places)
    {
        bool isPleural = pathology == Pathology.PleuralEffusion || pathology == Pathology.Pneumothorax;
        if (pathology == Pathology.Cardiomegaly)
        {
            return [];
        }

        // A place at the base says nothing that the side does not, where a lobe is named beside it.
        if (isPleural && places.Any(place => place.Zone is Zone.Upper or Zone.Middle or Zone.Lower))
        {
            places = [.. places.Where(place => place.Zone != Zone.Base)];
        }

        return !isPleural && places.All(place => place.Zone is not (Zone.Pleural or Zone.Costophrenic))
            ? places
            : LocationScanner.Merge(
                places.Select(place =>
                    (place.Zone, isPleural) switch
                    {
                        (Zone.Upper or Zone.Middle or Zone.Lower, true) => Location.Of(place.Side, Zone.Lung),
                        (Zone.Lingula, true) => Location.Of(Side.Left, Zone.Lung),
                        (Zone.Pleural, false) => Location.Of(place.Side, Zone.Lung),
                        (Zone.Costophrenic, false) => Location.Of(place.Side, Zone.Base),
                        _ => place,
                    }
                )
            );
    }

    /// <summary>"Elevation of the right hemidiaphragm may reflect an effusion": what explains it is on its side.</summary>
    public static IReadOnlyList<Location> OfDiaphragm(IReadOnlyList<ReportWord> words, int first, int name)
    {
        int diaphragm = name - 1;
        bool isExplained = false;
        while (diaphragm > first && words[diaphragm].Text is not ("hemidiaphragm" or "diaphragm") && !words[diaphragm].IsClauseEnd)
        {
            isExplained |=
                words[diaphragm].Text is "by" or "from" or "due" or "overlying" or "adjacent" or "associated" or "subjacent"
                || SignsAndDiagnoses.IsInterpretation(words, diaphragm);
            diaphragm--;
        }

        return
            isExplained
            && diaphragm > first
            && words[diaphragm].Text is "hemidiaphragm" or "diaphragm"
            && LocationWords.SideOf(words[diaphragm - 1].Text) is (Side.Left or Side.Right) and var side
            ? [Location.Of(side, Zone.Lung)]
            : [];
    }
}
