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
        switch (math)
        {
            case MathPrecision.Fp32:
                return null;
            case MathPrecision.Tf32:
                return provider.Taken != ExecutionProvider.Cpu
                    ? null
                    : throw new InputException($"`math` tf32: the CPU has no TF32 ({provider.Reason}); give fp32, or `provider` cuda");
            default:
                KeyValuePair<string, BundleGraphSet>[] made = [.. (manifest.GraphSets ?? Empty).Where(set => set.Value.Math == "fp16")];
                if (made.Length == 0)
                {
                    throw new InputException(
                        $"`math` fp16: bundle {manifest.Id} has no graph set for it; export it again with 'cxr-lab export --cuda', or give "
                            + $"fp32 or tf32"
                    );
                }

                return made.Select(set => set.Value).FirstOrDefault(set => set.Providers.Contains(provider.Name))
                    ?? throw new InputException(
                        $"`math` fp16: the bundle's graphs for it run on {Providers(made)}, not on {provider.Name} ({provider.Reason}); "
                            + $"give fp32, or another `provider`"
                    );
        }
    }

    private static readonly Dictionary<string, BundleGraphSet> Empty = [];

    private static string Providers(IEnumerable<KeyValuePair<string, BundleGraphSet>> sets) =>
        string.Join(", ", sets.SelectMany(set => set.Value.Providers).Distinct().Order(StringComparer.Ordinal));
}
