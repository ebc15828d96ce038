namespace CxrOnnx.Phantom;

/// <summary>A point of a stroke in patient coordinates with the half width (patient units) and strength there.</summary>
internal readonly record struct StrokePoint(float X, float Y, float HalfWidth, float Strength);
