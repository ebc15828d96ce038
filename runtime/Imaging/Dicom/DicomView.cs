namespace CxrOnnx.Imaging.Dicom;

/// <summary>
/// What a file says of its view: ViewPosition, the coded view, and, where neither is there, the descriptions of the series. Only words
/// of ours get into the sentences.
/// </summary>
internal static class DicomView
{
    private const string Lateral = "the view is lateral; the model was made for frontal radiographs";

    private static readonly uint[] Descriptions = [DicomTag.SeriesDescription, DicomTag.ProtocolName, DicomTag.ProcessingDescription];

    private static readonly HashSet<string> LateralWords = ["LL", "RL", "LAT", "LATERAL", "XTL"];

    private static readonly HashSet<string> ObliqueWords =
    [
        "LLD",
        "RLD",
        "LLO",
        "RLO",
        "LAO",
        "RAO",
        "LPO",
        "RPO",
        "OBLIQUE",
        "DECUBITUS",
        "LORDOTIC",
    ];

    private static readonly HashSet<string> FrontalWords =
    [
        "AP",
        "PA",
        "FRONTAL",
        "ANTERO",
        "POSTERO",
        "ANTEROPOSTERIOR",
        "POSTEROANTERIOR",
    ];

    /// <summary>The sentence, or null where nothing speaks against a frontal view.</summary>
    public static string? Remark(DicomDataset dataset)
    {
        string[] view = Words(dataset.Code(DicomTag.ViewPosition));
        IReadOnlyList<DicomDataset> coded = dataset.Items(DicomTag.ViewCodeSequence);
        if (view.Any(LateralWords.Contains) || coded.Any(item => Words(item.Code(DicomTag.CodeMeaning)).Contains("LATERAL")))
        {
            return Lateral;
        }

        if (view.Any(ObliqueWords.Contains))
        {
            return "the view is oblique or decubitus; the model was made for upright frontal radiographs";
        }

        if (view.Length > 0)
        {
            return view.Any(FrontalWords.Contains)
                ? null
                : "ViewPosition names no frontal view (AP, PA); the model was made for frontal radiographs";
        }

        string[] described = [.. Descriptions.SelectMany(tag => Words(dataset.Code(tag)))];
        return coded.Count == 0 && described.Any(LateralWords.Contains) && !described.Any(FrontalWords.Contains)
            ? "ViewPosition is not given, and a description of the series speaks of a lateral view; the model was made for frontal "
                + "radiographs"
            : null;
    }

    private static string[] Words(string text) =>
        new string([.. text.Select(letter => char.IsAsciiLetter(letter) ? letter : ' ')]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
