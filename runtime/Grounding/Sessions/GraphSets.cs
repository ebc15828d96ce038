using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>Which of a bundle's graph sets serves a provider and a precision.</summary>
internal static class GraphSets
{
    /// <summary>Chooses.</summary>
    /// <returns>The set; null for the bundle's plain graphs.</returns>
    /// <exception cref="InputException">Nothing serves this precision on this provider.</exception>
    public static BundleGraphSet? Choose(BundleManifest manifest, ProviderChoice provider, MathPrecision math)
    {
        if (math == MathPrecision.Tf32 && provider.Taken == ExecutionProvider.Cpu)
        {
            throw new InputException($"`math` tf32: the CPU has no TF32 ({provider.Reason}); give fp32, or `provider` cuda");
        }

        BundleGraphSet[] made = [.. (manifest.GraphSets?.Values ?? []).Where(set => set.Math == math.Name())];
        BundleGraphSet? serving = made.FirstOrDefault(set => set.Providers.Contains(provider.Name));
        if (serving is not null || math != MathPrecision.Fp16)
        {
            // The plain graphs compute in single precision, or in what the provider makes of it.
            return serving;
        }

        throw new InputException(
            made.Length == 0
                ? $"`math` fp16: bundle {manifest.Id} has no graph set for it; export it again with 'cxr-lab export --cuda', or give fp32 "
                    + $"or tf32"
                : $"`math` fp16: the bundle's graphs for it run on {Providers(made)}, not on {provider.Name} ({provider.Reason}); give "
                    + $"fp32, or another `provider`"
        );
    }

    private static string Providers(IEnumerable<BundleGraphSet> sets) =>
        string.Join(", ", sets.SelectMany(set => set.Providers).Distinct().Order(StringComparer.Ordinal));
}
