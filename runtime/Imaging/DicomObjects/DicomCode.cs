namespace CxrOnnx.Imaging.DicomObjects;

/// <summary>A coded concept (PS3.3 chapter 8).</summary>
/// <param name="Value">Code value, at most 16 characters.</param>
/// <param name="Scheme">Coding scheme: <c>DCM</c>, <c>SCT</c>, <c>UCUM</c>, or <see cref="Own"/>.</param>
/// <param name="Meaning">The words, at most 64 characters.</param>
internal readonly record struct DicomCode(string Value, string Scheme, string Meaning)
{
    /// <summary>The scheme of codes that no standard has; private schemes begin with 99.</summary>
    public const string Own = "99CXRONNX";

    /// <summary>Heart and lung findings are that.</summary>
    public static DicomCode AbnormalStructure { get; } = new("49755003", "SCT", "Morphologically Altered Structure");

    /// <summary>The code of one of the eight pathologies; of anything else a private one that says what it is.</summary>
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
            _ => new("PHRASE", Own, "Place that a phrase speaks of"),
        };
}
