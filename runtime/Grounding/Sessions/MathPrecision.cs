namespace CxrOnnx.Grounding.Sessions;

/// <summary>How the numbers of the graphs are computed; see <see cref="MathPrecisions"/> for their names as text.</summary>
public enum MathPrecision
{
    /// <summary>Single precision, strictly: 24 bits of mantissa in every product, on every provider.</summary>
    Fp32,

    /// <summary>
    /// The same graphs, but the factors of products and convolutions are rounded to TF32 (11 bits of mantissa), sums stay single
    /// precision. Only a GPU has it.
    /// </summary>
    Tf32,

    /// <summary>
    /// The bundle's second graph set, made for CUDA: half precision with sums, statistics of the normalisations, wanted attention
    /// probabilities and latents in single precision. Only with a bundle that has the set, only on CUDA.
    /// </summary>
    Fp16,
}
