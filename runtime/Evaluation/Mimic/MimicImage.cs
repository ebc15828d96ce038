namespace CxrOnnx.Evaluation.Mimic;

/// <summary>One image as MIMIC-CXR-JPG's metadata file lists it.</summary>
/// <param name="ImageId">Its <c>dicom_id</c>.</param>
/// <param name="PatientId">Its patient, <c>p10000032</c>.</param>
/// <param name="StudyId">Its study, <c>s50414267</c>.</param>
/// <param name="View">Its <c>ViewPosition</c> in upper case; empty where the file gives none.</param>
public sealed record MimicImage(string ImageId, string PatientId, string StudyId, string View)
{
    /// <summary>Its file in MIMIC-CXR-JPG, relative to the data set's folder.</summary>
    public string Path => $"files/{PatientId[..3]}/{PatientId}/{StudyId}/{ImageId}.jpg";
}
