using System.Globalization;
using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>A preset and a precision, and why it is these.</summary>
/// <param name="Preset">Name of one of the bundle's presets.</param>
/// <param name="Math">How the numbers are computed.</param>
/// <param name="Reason">One sentence without a full stop: what was asked for, or what the bundle's certificate says.</param>
public sealed record ComputeChoice(string Preset, MathPrecision Math, string Reason)
{
    /// <summary>The word that leaves the choice to the bundle's certificate.</summary>
    public const string Auto = "auto";

    /// <summary>The reason where nothing was left to choose.</summary>
    public const string Asked = "asked for";

    private const string Exact = "exact";

    /// <summary>
    /// Fills in what is <see cref="Auto"/> for a model that is loaded with given options, whose precision does not count.
    /// </summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="options">How the model is loaded.</param>
    /// <param name="preset">A preset's name, or <see cref="Auto"/>.</param>
    /// <param name="math">One of <see cref="MathPrecisions.Names"/>, or <see cref="Auto"/>.</param>
    /// <exception cref="Core.Artifacts.ArtifactException">The bundle's certificate is damaged or speaks of another bundle.</exception>
    /// <exception cref="InputException">The precision's name is not known, or the provider cannot be used.</exception>
    public static ComputeChoice Resolve(Bundle bundle, GroundingModelOptions options, string preset, string math)
    {
        // Deterministic is a matter of the CPU; loading says so to whoever asks for it elsewhere.
        ProviderChoice provider = ExecutionProviders.Choose(
            options.Deterministic ? ExecutionProvider.Cpu : options.Provider,
            options.ProviderLibrary,
            options.DeviceId
        );
        return Resolve(bundle, provider.Name, preset, math);
    }

    /// <summary>
    /// Fills in what is <see cref="Auto"/>: of the combinations that the bundle's certificate holds for the provider, the fastest; without
    /// one, the preset <c>exact</c> and single precision.
    /// </summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="provider">The provider that is used: <see cref="ProviderChoice.Name"/>.</param>
    /// <param name="preset">A preset's name, or <see cref="Auto"/>.</param>
    /// <param name="math">One of <see cref="MathPrecisions.Names"/>, or <see cref="Auto"/>.</param>
    /// <exception cref="Core.Artifacts.ArtifactException">The bundle's certificate is damaged or speaks of another bundle.</exception>
    /// <exception cref="InputException">The precision's name is not known.</exception>
    public static ComputeChoice Resolve(Bundle bundle, string provider, string preset, string math)
    {
        MathPrecision? wanted = math == Auto ? null : MathPrecisions.Parse(math);
        if (preset != Auto && wanted is { } given)
        {
            return new ComputeChoice(preset, given, Asked);
        }

        CertificateRow? fastest = BundleCertificateFile
            .Read(bundle)
            ?.Rows.Where(row => row.Provider == provider && row.Holds && bundle.Manifest.Presets.ContainsKey(row.Preset))
            .Where(row => (preset == Auto || row.Preset == preset) && (wanted is null || row.Math == wanted.Value.Name()))
            .MinBy(row => row.Seconds);
        if (fastest is not null && preset != Auto && fastest.Math == MathPrecision.Fp32.Name())
        {
            // The strictest there is: nothing was chosen.
            return new ComputeChoice(preset, MathPrecision.Fp32, Asked);
        }

        if (fastest is not null)
        {
            return new ComputeChoice(
                fastest.Preset,
                MathPrecisions.Parse(fastest.Math),
                $"certified on {provider}: heatmaps correlate with exact fp32 at {Floor(fastest.LeastCorrelation)} or more in "
                    + FormattableString.Invariant($"{fastest.Heatmaps} comparisons")
            );
        }

        if (bundle.Manifest.Presets.GetValueOrDefault(preset)?.Evidence is not null)
        {
            // Certificates compare with `exact`: they never speak of evidence maps, so there was nothing to choose from.
            return new ComputeChoice(preset, wanted ?? MathPrecision.Fp32, Asked);
        }

        return new ComputeChoice(
            preset == Auto ? Exact : preset,
            wanted ?? MathPrecision.Fp32,
            $"the bundle has no certificate of anything faster on {provider}"
        );
    }

    /// <summary>Four digits, never rounded up: "at least" has to stay true.</summary>
    private static string Floor(double correlation) =>
        (System.Math.Floor(correlation * 1e4) / 1e4).ToString("0.0000", CultureInfo.InvariantCulture);
}
