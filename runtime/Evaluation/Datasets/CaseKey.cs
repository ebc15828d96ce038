namespace CxrOnnx.Evaluation.Datasets;

/// <summary>What identifies a case: image, phrase and class. Several boxes of one phrase are one case.</summary>
/// <param name="ImageId">Identifier of the image.</param>
/// <param name="LabelText">The phrase.</param>
/// <param name="CategoryName">The class.</param>
public sealed record CaseKey(string ImageId, string LabelText, string CategoryName)
{
    private static readonly string[] ImageEndings = [".dcm", ".dicom", ".png", ".jpg", ".jpeg", ".tif", ".tiff"];

    /// <summary>An image's identifier: the file name without the ending of an image file.</summary>
    public static string ImageIdOf(string pathOrId)
    {
        string name = pathOrId[(pathOrId.LastIndexOfAny(['/', '\\']) + 1)..];
        foreach (string ending in ImageEndings)
        {
            if (name.Length > ending.Length && name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
            {
                return name[..^ending.Length];
            }
        }

        return name;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{ImageId} / {CategoryName} / \"{LabelText}\"";
}
