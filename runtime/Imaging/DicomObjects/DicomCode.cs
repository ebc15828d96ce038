namespace CxrOnnx.Imaging.DicomObjects;

/// <summary>A coded concept (PS3.3 chapter 8).</summary>
/// <param name="Value">Code value, at most 16 characters.</param>
/// <param name="Scheme">Coding scheme: <c>DCM</c>, <c>SCT</c>, <c>UCUM</c>, or <see cref="Own"/>.</param>
/// <param name="Meaning">The words, at most 64 characters.</param>
internal readonly record struct DicomCode(string Value, string Scheme, string Meaning)
{
    /// <summary>The scheme of codes that no standard has; private schemes begin with 99.</summary>
    public const string Own = "99CXRONNX";

    /// <summary>The category of what the image supports.</summary>
    public static DicomCode AlteredStructure { get; } = new("49755003", "SCT", "Morphologically Altered Structure");

    /// <summary>The category of a place that nobody says to be altered.</summary>
    public static DicomCode SpatialConcept { get; } = new("309825002", "SCT", "Spatial and Relational Concept");

    /// <summary>A place, whatever is there.</summary>
    public static DicomCode PlaceOfPhrase { get; } = new("PHRASE", Own, "Place that a phrase speaks of");

    /// <summary>The code of one of the eight pathologies; of anything else <see cref="PlaceOfPhrase"/>.</summary>
    /// <param name="pathology">Name of the pathology as data sets write it; null where the phrase names none.</param>
    public static DicomCode OfPathology(string? pathology) =>
        pathology switch
        {
            "pneumonia" => new("233604007", "SCT", "Pneumonia"),
            "pneumothorax" => new("36118008", "SCT", "Pneumothorax"),
            "pleural effusion" => new("60046008", "SCT", "Pleural effusion"),
            "atelectasis" => new("46621007", "SCT", "Atelectasis"),
            "cardiomegaly" => new("8186001", "SCT", "Cardiomegaly"),
            "consolidation" => new("95436008", "SCT", "Lung consolidation"),
            "edema" => new("19242006", "SCT", "Pulmonary edema"),
            "lung opacity" => new("OPACITY", Own, "Lung opacity"),
            _ => PlaceOfPhrase,
        };
}
