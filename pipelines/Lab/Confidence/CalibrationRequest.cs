using CxrOnnx.Core;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Evaluation;
using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Lab.Confidence;

/// <summary>What <c>cxr-lab calibrate</c> is to do.</summary>
public sealed record CalibrationRequest
{
    /// <summary>The data set whose unnamed images have no finding: MS-CXR's format, made by <c>cxr-lab phantom</c>.</summary>
    public const string Phantom = "phantom";

    /// <summary>The data set that names every image it looked at.</summary>
    public const string VinDr = "vindr-cxr";

    /// <summary>Format of all annotation files: <see cref="Phantom"/> or <see cref="VinDr"/>.</summary>
    public string Dataset { get; init; } = Phantom;

    /// <summary>VinDr-CXR's labels of whole images, or null.</summary>
    public string? ImageLabels { get; init; }

    /// <summary>The bundle, with or without a calibration; an earlier one is not looked at.</summary>
    public required string Bundle { get; init; }

    /// <summary>Exhaustive annotation files, with the folder of each one's images.</summary>
    public required IReadOnlyList<(string Annotations, string Images)> Sets { get; init; }

    /// <summary>Further sets that are only measured; their images lie in the folder of the annotation file.</summary>
    public IReadOnlyList<NamedPath> Tests { get; init; } = [];

    /// <summary>
    /// Pairs of opposite noises that an image is asked with; each costs two U-Net evaluations per phrase, and two per image.
    /// </summary>
    /// <value>Default: 2.</value>
    public int NoisePairs { get; init; } = NoiseProbe.UsualPairs;

    /// <summary>Training time steps of the noise, as shares of all: first and end; each pair has the middle of an equal part.</summary>
    /// <value>Default: <see cref="NoiseProbe.UsualRange"/>.</value>
    public (double First, double End) NoiseRange { get; init; } = NoiseProbe.UsualRange;

    /// <summary>
    /// How many usual phrases every image is asked for too, to compare others with; each costs as much as a phrase, once per image. 0 =
    /// phrases are compared with none.
    /// </summary>
    /// <value>Default: 8.</value>
    public int References { get; init; } = 8;

    /// <summary>At least this share of the supported phrases keeps its region.</summary>
    /// <value>Default: 0.95.</value>
    public double Sensitivity { get; init; } = 0.95;

    /// <summary>At least this share of the unsupported phrases is not called supported.</summary>
    /// <value>Default: 0.9.</value>
    public double Specificity { get; init; } = 0.9;

    /// <summary>Ridge penalty of the fit on standardised features.</summary>
    /// <value>Default: 1.</value>
    public double Ridge { get; init; } = 1;

    /// <summary>Folds of the cross-validation.</summary>
    /// <value>Default: 5.</value>
    public int Folds { get; init; } = 5;

    /// <summary>Resamples of the intervals.</summary>
    /// <value>Default: 10,000.</value>
    public int Resamples { get; init; } = 10_000;

    /// <summary>Seed of unsupported phrases and resampling.</summary>
    /// <value>Default: 1.</value>
    public ulong Seed { get; init; } = (ulong)NoiseProbe.UsualSeed;

    /// <summary>An annotation file as a data set.</summary>
    public DatasetSource SourceOf(string annotations) => new(Dataset, annotations) { ImageLabels = ImageLabels };

    /// <summary>The bootstrap of the intervals.</summary>
    public Bootstrap Bootstrap => new(Resamples, Seed);

    /// <summary>Checks the numbers.</summary>
    /// <exception cref="InputException">One is out of range.</exception>
    public CalibrationRequest Checked()
    {
        static void Require(bool holds, FormattableString problem)
        {
            if (!holds)
            {
                throw new InputException(FormattableString.Invariant(problem));
            }
        }

        Require(
            Dataset is Phantom or VinDr,
            $"--dataset {Dataset}: calibration wants exhaustive annotations, those of {Phantom} or {VinDr}; others leave findings out"
        );
        Require(
            Dataset != VinDr || ImageLabels is not null,
            $"--dataset {VinDr} wants --image-labels FILE, which says which images show a pneumonia; else one would count as absent"
        );
        Require(Sensitivity is > 0 and <= 1, $"--sensitivity {Sensitivity}: must lie in (0, 1]");
        Require(Specificity is > 0 and <= 1, $"--specificity {Specificity}: must lie in (0, 1]");
        Require(Ridge > 0 && double.IsFinite(Ridge), $"--ridge {Ridge}: must be positive");
        Require(NoisePairs is >= 1 and <= NoiseProbe.MostTimesteps, $"--noise-pairs {NoisePairs}: must be 1 to {NoiseProbe.MostTimesteps}");
        Require(
            References is 0 or (>= ConfidenceFile.FewestReferences and <= ConfidenceFile.MostReferences),
            $"--references {References}: must be 0 or {ConfidenceFile.FewestReferences} to {ConfidenceFile.MostReferences}"
        );
        Require(
            NoiseRange.First >= 0 && NoiseRange.First < NoiseRange.End && NoiseRange.End <= 1,
            $"--noise-range {NoiseRange.First} {NoiseRange.End}: wanted two shares in order, of 0 to 1"
        );
        Require(Folds >= 2, $"--folds {Folds}: must be at least 2");
        Require(Resamples >= 1, $"--bootstrap {Resamples}: must be at least 1");
        foreach (
            IGrouping<string, NamedPath> same in Tests
                .GroupBy(test => test.Name ?? "")
                .Where(group => group.Count() > 1 || group.Key.Length == 0)
        )
        {
            throw new InputException(
                same.Key.Length == 0 ? "--test: give each set as NAME=FILE" : $"--test: two sets are called '{same.Key}'"
            );
        }

        return this;
    }
}
