namespace CxrOnnx.Imaging.Dicom;

/// <summary>The three window functions (PS3.3 C.11.2.1.2 and C.11.2.1.3), with an output of [0,1].</summary>
/// <param name="Function"><c>LINEAR</c>, <c>LINEAR_EXACT</c> or <c>SIGMOID</c>.</param>
/// <param name="Center">Window center c.</param>
/// <param name="Width">Window width w.</param>
internal sealed record VoiWindow(string Function, double Center, double Width)
{
    /// <summary>Whether the width is one that the function allows.</summary>
    public bool IsValid => Function == "LINEAR" ? Width >= 1 : Width > 0;

    /// <summary>Applies the window to a modality value.</summary>
    public double Apply(double value) =>
        Function switch
        {
            "SIGMOID" => 1 / (1 + Math.Exp(-4 * (value - Center) / Width)),
            "LINEAR_EXACT" => Math.Clamp(((value - Center) / Width) + 0.5, 0, 1),

            // Width 1 is a step: the formula would divide by zero.
            _ when Width <= 1 => value <= Center - 0.5 ? 0 : 1,
            _ => Math.Clamp(((value - (Center - 0.5)) / (Width - 1)) + 0.5, 0, 1),
        };
}
