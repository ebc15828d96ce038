namespace CxrOnnx.Core.Prompts;

/// <summary>
/// The standard prompts of one pathology at one location that a radiologist could write: what <c>cxr ground --all</c> looks for. Of the 8 x
/// 27 pairs it leaves out those that name no finding, such as a pneumonia of the heart or a pleural edema.
/// </summary>
/// <remarks>
/// The choice is anatomical, by zone; both sides and the bilateral form go together. Diseases of the lung tissue lie in the lung's zones
/// and the lingula; an opacity, which is said of any shadow, also at the pleura and in the costophrenic angle; atelectasis not at the apex;
/// air collects along the pleura, fluid at the bottom of it; edema is of one lung, perihilar (middle), basal, or of both lungs, which is
/// written <c>pulmonary edema</c>; an enlarged heart is where the heart is.
/// </remarks>
public static class StandardGrid
{
    private static readonly Zone[] Tissue = [Zone.Lung, Zone.Apical, Zone.Upper, Zone.Middle, Zone.Lower, Zone.Base, Zone.Lingula];

    private static readonly StandardPrompt BilateralEdema = new(Pathology.Edema, Location.Of(Side.Bilateral, Zone.Lung));

    private static readonly (Pathology Pathology, Zone[] Zones)[] Places =
    [
        (Pathology.Pneumonia, Tissue),
        (Pathology.Pneumothorax, [Zone.Lung, Zone.Apical, Zone.Upper, Zone.Base, Zone.Costophrenic, Zone.Pleural]),
        (Pathology.PleuralEffusion, [Zone.Pleural, Zone.Lower, Zone.Base, Zone.Costophrenic]),
        (Pathology.LungOpacity, [.. Tissue, Zone.Costophrenic, Zone.Pleural]),
        (Pathology.Atelectasis, [Zone.Lung, Zone.Upper, Zone.Middle, Zone.Lower, Zone.Base, Zone.Costophrenic, Zone.Lingula]),
        (Pathology.Cardiomegaly, [Zone.Heart]),
        (Pathology.Consolidation, Tissue),
        (Pathology.Edema, [Zone.Lung, Zone.Middle, Zone.Lower, Zone.Base, Zone.Pulmonary]),
    ];

    /// <summary>
    /// The prompts, each text once, ordered by location as in <see cref="Location.All"/>, then by pathology as in
    /// <see cref="Pathology.All"/>. An effusion of a whole side is the pleural one, whose words are the same.
    /// </summary>
    public static IReadOnlyList<StandardPrompt> Prompts { get; } =
    [
        .. Location
            .All.SelectMany(
                location => Places.Where(place => place.Zones.Contains(location.Zone)),
                (location, place) => new StandardPrompt(place.Pathology, location)
            )
            .Where(prompt => prompt != BilateralEdema),
    ];
}
