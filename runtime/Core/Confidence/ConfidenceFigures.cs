namespace CxrOnnx.Core.Confidence;

/// <summary>How well a confidence model separates supported from unsupported phrases of one set of images.</summary>
/// <param name="Name">The set, or <c>held-out patients</c> for the cross-validation on the calibration data.</param>
/// <param name="Images">Number of images.</param>
/// <param name="Supported">Number of supported phrases.</param>
/// <param name="Unsupported">Number of unsupported phrases.</param>
/// <param name="Auroc">Area under the ROC curve.</param>
/// <param name="Brier">
/// Mean squared difference of probability and truth (Brier 1950), supported and unsupported phrases weighing the same in sum: 0 best, 0.25
/// for "0.5" always.
/// </param>
/// <param name="Kinds">Against unsupported phrases of one kind each.</param>
/// <param name="SamePhrase">
/// Pairs of images of which one supports a phrase and the other does not; the share where the first has the higher confidence. Here nothing
/// but the image can tell: unlike the AUROC, it gains nothing from phrases that are rare or easy.
/// </param>
/// <param name="States">How many of each kind of phrase are called what, as fractions.</param>
/// <param name="UnfamiliarImages">
/// Share of the images beyond <see cref="ImageErrorRange.Limit"/>, whose phrases get no confidence; counted here all the same.
/// </param>
/// <param name="Mirrored">What becomes of the sides when the images are mirrored; null where that was not measured.</param>
/// <param name="Reliability">Whether the probabilities are right; bins of a tenth, empty ones left out.</param>
public sealed record ConfidenceFigures(
    string Name,
    int Images,
    int Supported,
    int Unsupported,
    AurocFigure Auroc,
    double Brier,
    IReadOnlyList<KindFigure> Kinds,
    SamePhraseFigure SamePhrase,
    StateFigures States,
    double UnfamiliarImages,
    MirrorFigures? Mirrored,
    IReadOnlyList<ReliabilityBin> Reliability
);

/// <summary>An area under the ROC curve.</summary>
/// <param name="Value">The area, in [0,1]; 0.5 is chance.</param>
/// <param name="Ci95">Lower and upper end of its 95 % bootstrap interval.</param>
public sealed record AurocFigure(double Value, IReadOnlyList<double> Ci95);

/// <summary>The supported phrases against one kind of unsupported ones.</summary>
/// <param name="Kind"><c>other_side</c>, <c>other_place</c>, <c>other_pathology</c> or <c>absent</c>.</param>
/// <param name="Unsupported">Number of unsupported phrases of the kind.</param>
/// <param name="Auroc">Area under the ROC curve.</param>
public sealed record KindFigure(string Kind, int Unsupported, AurocFigure Auroc);

/// <summary>The same phrase on two images.</summary>
/// <param name="Pairs">Number of pairs.</param>
/// <param name="Share">Share that is ordered right, ties half; 0.5 is chance; null where there is no pair.</param>
public sealed record SamePhraseFigure(int Pairs, double? Share);

/// <summary>What the thresholds make of phrases, as fractions of the supported and of the unsupported ones.</summary>
/// <param name="SupportedAsSupported">Supported ones that are called so.</param>
/// <param name="SupportedAsNoRegion">Supported ones whose region is withheld: the misses.</param>
/// <param name="UnsupportedAsSupported">Unsupported ones that are called supported: the false alarms.</param>
/// <param name="UnsupportedAsNoRegion">Unsupported ones that get no region.</param>
public sealed record StateFigures(
    double SupportedAsSupported,
    double SupportedAsNoRegion,
    double UnsupportedAsSupported,
    double UnsupportedAsNoRegion
);

/// <summary>
/// What becomes of the sides when an image is mirrored. Asked are supported phrases of one side whose other side is unsupported, and the
/// same words with the other side; the phrase with the higher confidence is preferred. A model that looks at the image changes sides with
/// it; one that only reads the words does not.
/// </summary>
/// <param name="Phrases">Number of pairs of phrases.</param>
/// <param name="OwnSide">Share of them where the right side is preferred on the image as it is.</param>
/// <param name="OtherSideMirrored">Share where the other side is preferred on the mirrored image, where the finding now lies.</param>
/// <param name="Flipped">Share whose preferred side is another one on the mirrored image.</param>
public sealed record MirrorFigures(int Phrases, double OwnSide, double OtherSideMirrored, double Flipped);

/// <summary>The phrases with a probability in [From, To).</summary>
/// <param name="From">Lower end.</param>
/// <param name="To">Upper end; 1 itself belongs to the last bin.</param>
/// <param name="Count">Number of phrases.</param>
/// <param name="Probability">Their mean probability, supported and unsupported ones weighing the same in sum over all bins.</param>
/// <param name="Observed">
/// The share of supported ones among them, weighted in the same way; equals the probability of a calibrated model.
/// </param>
public sealed record ReliabilityBin(double From, double To, int Count, double Probability, double Observed);
