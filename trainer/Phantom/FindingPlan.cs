using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Phantom;

/// <summary>What is to be drawn for one finding, decided before anything is drawn because some findings change the anatomy.</summary>
/// <param name="Pathology">Name of the pathology.</param>
/// <param name="Locations">One or two location names of the dictionary.</param>
/// <param name="Sites">Lung sides and zones to draw in.</param>
/// <param name="Severity">0 just visible, 1 severe.</param>
internal sealed record FindingPlan(string Pathology, IReadOnlyList<string> Locations, IReadOnlyList<FindingSite> Sites, float Severity)
{
    /// <summary>The standard prompt of the finding.</summary>
    public StandardPrompt Prompt { get; } =
        new(Core.Prompts.Pathology.All.First(candidate => candidate.Name == Pathology), LocationNames.Published(Pathology, Locations));
}

/// <summary>One place of a finding: side 0 is the patient's right lung, 1 the left.</summary>
internal readonly record struct FindingSite(int Side, Zone Zone);
