namespace CxrOnnx.Phantom;

/// <summary>How often one pathology is drawn, and where.</summary>
/// <param name="Weight">Relative frequency among the findings; 0 or more.</param>
/// <param name="Locations">Location name -> relative frequency for this pathology.</param>
public sealed record PathologyPrevalence(double Weight, IReadOnlyDictionary<string, double> Locations);
