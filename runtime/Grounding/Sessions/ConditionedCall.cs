using Microsoft.ML.OnnxRuntime;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>What an evaluation of a <see cref="ConditionedUNet"/> is given.</summary>
/// <param name="Sample">Noisy latents, float32 [S, Cz, h, w].</param>
/// <param name="Steps">Row of <paramref name="Table"/> of each sample, [S].</param>
/// <param name="Prompts">Row of <paramref name="Keys"/> of each evaluation, [B]; B is a multiple of S.</param>
/// <param name="Table">Shifts of time steps.</param>
/// <param name="Keys">Keys and values of prompts.</param>
/// <param name="TokenWeights">Weights of the tokens' maps, float32 [K, S, M], for the attention graph; null for the denoiser.</param>
internal sealed record ConditionedCall(
    GraphTensor Sample,
    long[] Steps,
    long[] Prompts,
    OrtValue Table,
    PromptValues Keys,
    OrtValue? TokenWeights = null
);
