using CxrOnnx.Core;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>The names of <see cref="MathPrecision"/> as text: <c>fp32</c>, <c>tf32</c> and <c>fp16</c>.</summary>
public static class MathPrecisions
{
    /// <summary>All names, from the strictest to the fastest.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetValues<MathPrecision>().Select(Name)];

    /// <summary>The name as on the command line and in files.</summary>
    public static string Name(this MathPrecision math) =>
        math switch
        {
            MathPrecision.Fp32 => "fp32",
            MathPrecision.Tf32 => "tf32",
            MathPrecision.Fp16 => "fp16",
            _ => throw new ArgumentOutOfRangeException(nameof(math), math, "unknown precision"),
        };

    /// <summary>The precision with a name.</summary>
    /// <exception cref="InputException">There is none of that name.</exception>
    public static MathPrecision Parse(string name) =>
        name switch
        {
            "fp32" => MathPrecision.Fp32,
            "tf32" => MathPrecision.Tf32,
            "fp16" => MathPrecision.Fp16,
            _ => throw new InputException($"`math` {name}: known are {string.Join(", ", Names)}"),
        };
}
