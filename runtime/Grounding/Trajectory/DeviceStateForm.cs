using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Grounding.Trajectory;

/// <summary>What a <see cref="DeviceState"/> is allocated for.</summary>
/// <param name="Images">B.</param>
/// <param name="Channels">Cz.</param>
/// <param name="Grid">h and w.</param>
/// <param name="Rows">N, rows of the tables: at least the steps of any plan that uses it.</param>
internal readonly record struct DeviceStateForm(int Images, int Channels, GridSize Grid, int Rows);
