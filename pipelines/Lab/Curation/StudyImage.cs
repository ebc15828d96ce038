namespace CxrOnnx.Lab.Curation;

/// <summary>One image of a study.</summary>
/// <param name="ImageId">Identifier.</param>
/// <param name="Path">Path relative to the folder of the images, with forward slashes.</param>
/// <param name="StudyId">The study or report that it belongs to.</param>
/// <param name="PatientId">Identifier of the patient, or null.</param>
internal sealed record StudyImage(string ImageId, string Path, string StudyId, string? PatientId)
{
    /// <summary>The part of the set that a split file gives it; null: a hash of the patient decides.</summary>
    public string? Split { get; init; }
}
