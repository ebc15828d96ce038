using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Grounding.Attention;

/// <summary>What <see cref="DeviceAttentionValues"/> are allocated for.</summary>
/// <param name="Steps">N, steps of the plan.</param>
/// <param name="Prompts">K.</param>
/// <param name="Maps">M, weighted sums over a prompt's tokens.</param>
/// <param name="Channels">Cz.</param>
/// <param name="Grid">h and w.</param>
internal readonly record struct DeviceAttentionForm(int Steps, int Prompts, int Maps, int Channels, GridSize Grid);
