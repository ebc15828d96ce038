namespace CxrOnnx.Lab.Confidence;

/// <summary>
/// A supported phrase of one side and its opposite, on the image as it is and on its mirror image: the features of all four.
/// </summary>
/// <param name="Own">The phrase.</param>
/// <param name="Other">The same words with the other side.</param>
/// <param name="OwnMirrored">The phrase on the mirrored image.</param>
/// <param name="OtherMirrored">The other side on the mirrored image, where it is right.</param>
internal sealed record MirroredCase(
    IReadOnlyList<double> Own,
    IReadOnlyList<double> Other,
    IReadOnlyList<double> OwnMirrored,
    IReadOnlyList<double> OtherMirrored
);
