using CxrOnnx.Core;

namespace CxrOnnx.Evaluation.Report;

/// <summary>Averages that papers report, to stand beside what was computed.</summary>
/// <remarks>
/// Vilouras et al., MIDL 2026 (arXiv:2506.10633): the averages of tables 1 and 2, and the oracle of table 4. They come without intervals,
/// and of other images than a reader may have: never compared, never the best of a column.
/// </remarks>
public static class PublishedScores
{
    /// <summary>The paper that Grounding and prompt tuning follow.</summary>
    public const string Paper = "paper";

    private const string Source = "Vilouras et al., MIDL 2026, arXiv:2506.10633";
    private const string MsCxr = Source + ", average on MS-CXR-loc";
    private const string VinDr = Source + ", average on VinDr-CXR";
    private const string Bound = ", upper bound";

    /// <summary>The names that <see cref="Of"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } = [Paper];

    /// <summary>What a publication says of a data set.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="dataset">Name of the data set.</param>
    /// <exception cref="InputException">The publication is not known, or says nothing of this data set.</exception>
    public static IReadOnlyList<QuotedScore> Of(string name, string dataset) =>
        (name, dataset) switch
        {
            (Paper, "ms-cxr") =>
            [
                new("BioViL", 1.17, 0.202, MsCxr),
                new("BioViL-T", 1.37, 0.214, MsCxr),
                new("latent diffusion model, frozen", 0.93, 0.220, MsCxr),
                new("latent diffusion model, tuned", 1.37, 0.295, MsCxr),
                new("oracle", 2.11, 0.676, MsCxr + Bound),
            ],
            (Paper, "vindr-cxr") =>
            [
                new("BioViL", 1.48, 0.145, VinDr),
                new("BioViL-T", 1.62, 0.149, VinDr),
                new("latent diffusion model, frozen", 0.97, 0.118, VinDr),
                new("latent diffusion model, tuned", 1.80, 0.205, VinDr),
                new("oracle", 2.23, 0.675, VinDr + Bound),
            ],
            (Paper, _) => throw new InputException(
                $"`systems` {Paper}: the paper has no figures on {dataset}, only on ms-cxr and vindr-cxr"
            ),
            _ => throw new InputException($"`systems` {name}: known are {string.Join(", ", Names)}"),
        };
}
