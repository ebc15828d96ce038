namespace CxrOnnx.Trainer.Attention;

/// <summary>A part of a prompt's 77 positions.</summary>
/// <param name="Name"><c>bos</c>, <c>own</c>, <c>eos</c> or <c>padding</c>.</param>
/// <param name="Positions">Its positions; empty where a prompt fills the context.</param>
public sealed record TokenGroup(string Name, IReadOnlyList<int> Positions)
{
    /// <summary>Names of the groups, in the order of <see cref="Of"/>.</summary>
    public static IReadOnlyList<string> Names { get; } = ["bos", "own", "eos", "padding"];

    /// <summary>The groups of a prompt: together every position once.</summary>
    /// <param name="own">Positions of the prompt's own tokens; empty for the empty prompt.</param>
    /// <param name="length">Number of positions.</param>
    public static IReadOnlyList<TokenGroup> Of(IReadOnlyList<int> own, int length)
    {
        int end = own.Count == 0 ? 1 : own[^1] + 1;
        return
        [
            new(Names[0], [0]),
            new(Names[1], own),
            new(Names[2], [end]),
            new(Names[3], [.. Enumerable.Range(end + 1, length - end - 1)]),
        ];
    }
}
