using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Core.Bundles;

/// <summary>
/// How a preset makes an evidence map of a phrase: the noise that the image is asked with, and what joins the answer with the attention
/// (docs/evidence.md). Learned from annotated images by <c>cxr-lab evidence</c>.
/// </summary>
/// <param name="Timesteps">
/// Training time steps of the noise, each with a pair of opposite noises. Where the bundle's confidence asks with the same noise, the
/// evaluations are shared.
/// </param>
/// <param name="Seed">Seed of the noise, which is the same for every image.</param>
/// <param name="Smoothing">
/// Standard deviation of the Gaussian that smooths both maps, as a share of the latents' side; above 0, at most
/// <see cref="MostSmoothing"/>.
/// </param>
/// <param name="Weights">What joins the maps.</param>
/// <param name="Exponent">
/// Power to which the probability is raised before the min-max to [0, 1]; positive. Below 1 the region's inside is more even.
/// </param>
/// <param name="LearnedFrom">The images it was learned from, one line.</param>
public sealed record EvidenceRecipe(
    IReadOnlyList<int> Timesteps,
    long Seed,
    double Smoothing,
    EvidenceWeights Weights,
    double Exponent,
    string LearnedFrom
)
{
    private const int MostTimesteps = 64;

    /// <summary>Wider, the map tells no place any more.</summary>
    public const double MostSmoothing = 0.25;

    /// <summary>
    /// Eight hexadecimal digits of everything that changes a map: a bundle's id does not hold its presets, so that a run that goes on tells
    /// by this that the recipe is another one.
    /// </summary>
    [JsonIgnore]
    public string Fingerprint =>
        Sha256.OfBytes(
            Encoding.UTF8.GetBytes(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{string.Join(',', Timesteps)} {Seed} {Smoothing:R} {Weights.Intercept:R} {Weights.Attention:R} {Weights.Gain:R} "
                ) + string.Create(CultureInfo.InvariantCulture, $"{Weights.Both:R} {Exponent:R}")
            )
        )[..8];

    /// <summary>What cannot be, each as one sentence; empty for a usable recipe.</summary>
    public IEnumerable<string> Problems()
    {
        if (Timesteps.Count is < 1 or > MostTimesteps || Timesteps.Any(timestep => timestep < 0))
        {
            yield return $"evidence.timesteps: wanted 1 to {MostTimesteps}, none negative";
        }

        if (Smoothing is not (> 0 and <= MostSmoothing))
        {
            yield return FormattableString.Invariant($"evidence.smoothing: is {Smoothing}, wanted above 0 and at most {MostSmoothing}");
        }

        if (!(Exponent > 0 && double.IsFinite(Exponent)))
        {
            yield return FormattableString.Invariant($"evidence.exponent: is {Exponent}, wanted a positive number");
        }

        if (!(double.IsFinite(Weights.Intercept + Weights.Attention + Weights.Gain + Weights.Both)))
        {
            yield return "evidence.weights: one is not finite";
        }
    }
}
