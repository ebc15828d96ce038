using System.Globalization;
using CxrOnnx.Core.Confidence;

namespace CxrOnnx.Lab.Confidence;

/// <summary>Learns a confidence model from cases, with its thresholds and figures on held-out patients.</summary>
internal static class CalibrationFit
{
    /// <summary>Fits a model.</summary>
    /// <param name="cases">Supported and unsupported ones, of at least as many images as there are folds.</param>
    /// <param name="request">Ridge, folds, criteria, bootstrap.</param>
    /// <param name="images">Which images the calibration holds for.</param>
    /// <returns>The model, fitted to all cases, and each case's probability by a model that has seen none of its image's cases.</returns>
    public static (ConfidenceModel Model, double[] HeldOut) Fit(
        IReadOnlyList<CalibrationCase> cases,
        CalibrationRequest request,
        ImageErrorRange images
    )
    {
        Dictionary<string, int> folds = cases
            .Select(item => item.ImageId)
            .Distinct()
            .Order(StringComparer.Ordinal)
            .Index()
            .ToDictionary(pair => pair.Item, pair => pair.Index % request.Folds);
        double[] heldOut = new double[cases.Count];
        for (int fold = 0; fold < request.Folds; fold++)
        {
            ConfidenceModel partial = Fit([.. cases.Where(item => folds[item.ImageId] != fold)], request.Ridge);
            for (int i = 0; i < cases.Count; i++)
            {
                if (folds[cases[i].ImageId] == fold)
                {
                    heldOut[i] = partial.Assess(cases[i].Features).Probability;
                }
            }
        }

        ConfidenceThresholds thresholds = Thresholds(cases, heldOut, request);
        ConfidenceModel model = Fit(cases, request.Ridge) with { Thresholds = thresholds };
        return (
            model with
            {
                Figures = [CalibrationFigures.Of("held-out patients", cases, heldOut, thresholds, images, null, request.Bootstrap)],
            },
            heldOut
        );
    }

    /// <summary>
    /// Half as much again as the strangest calibration image still counts as of their kind: the error varies little between images of one
    /// kind, and is several times as large for another.
    /// </summary>
    internal static ImageErrorRange Images(IReadOnlyList<CalibrationCase> cases)
    {
        double[] errors = [.. cases.DistinctBy(item => item.ImageId).Select(item => item.ImageError).Order()];
        return new ImageErrorRange(Math.Round(errors[errors.Length / 2], 6), Math.Round(1.5 * errors[^1], 6));
    }

    /// <summary>
    /// Below the first threshold lie at most 1 - sensitivity of the supported phrases; from the second on at most 1 - specificity of the
    /// unsupported ones. Where they would cross, both criteria hold anywhere in between and the middle serves as both.
    /// </summary>
    internal static ConfidenceThresholds Thresholds(
        IReadOnlyList<CalibrationCase> cases,
        double[] probabilities,
        CalibrationRequest request
    )
    {
        double[] supported = [.. cases.Zip(probabilities).Where(pair => pair.First.IsSupported).Select(pair => pair.Second).Order()];
        double[] unsupported =
        [
            .. cases.Zip(probabilities).Where(pair => !pair.First.IsSupported).Select(pair => pair.Second).OrderDescending(),
        ];

        // A share such as 1 - 0.9 is a little less than a tenth in binary.
        int Allowed(double share, int count) => Math.Min((int)Math.Floor(((1 - share) * count) + 1e-9), count - 1);
        double low = supported[Allowed(request.Sensitivity, supported.Length)];
        double high = Math.Min(1, Math.BitIncrement(unsupported[Allowed(request.Specificity, unsupported.Length)]));
        if (high < low)
        {
            (low, high) = ((low + high) / 2, (low + high) / 2);
        }

        return new ConfidenceThresholds(
            low,
            high,
            string.Create(
                CultureInfo.InvariantCulture,
                $"on held-out patients of the calibration data at least {100 * request.Sensitivity:0.#} % of the supported phrases keep "
                    + $"a region, and at most {100 * (1 - request.Specificity):0.#} % of the unsupported ones are called supported"
            )
        );
    }

    private static ConfidenceModel Fit(IReadOnlyList<CalibrationCase> cases, double ridge)
    {
        ConfidenceFeature[] features =
        [
            .. SupportFeatures
                .Names.Take(cases[0].Features.Count)
                .Select((name, j) => Feature(name, [.. cases.Select(item => item.Features[j])])),
        ];
        LogisticRegression regression = LogisticRegression.Fit(
            [.. cases.Select(item => (IReadOnlyList<double>)[.. features.Select((feature, j) => feature.Standardise(item.Features[j]))])],
            [.. cases.Select(item => item.IsSupported)],
            ridge
        );
        return new ConfidenceModel
        {
            Features = [.. features.Select((feature, j) => feature with { Weight = regression.Weights[j] })],
            Intercept = regression.Intercept,
            Thresholds = new ConfidenceThresholds(0.5, 0.5, "none yet"),
            Figures = [],
        };
    }

    private static ConfidenceFeature Feature(string name, double[] values)
    {
        double mean = values.Average();
        double deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));

        // A feature that never changes gets weight 0 from the ridge, whatever its scale.
        return new ConfidenceFeature(name, mean, deviation > 0 ? deviation : 1, Weight: 0);
    }
}
