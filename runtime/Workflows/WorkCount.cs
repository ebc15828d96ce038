namespace CxrOnnx.Workflows;

/// <summary>How far long work on many like things is.</summary>
/// <param name="Share">The finished share of what is left to do in this run, 0 to 1.</param>
/// <param name="Done">Things finished in this run.</param>
/// <param name="Total">Things to do in this run.</param>
/// <param name="Failed">Of <paramref name="Done"/>, those without an answer.</param>
public readonly record struct WorkCount(double Share, int Done, int Total, int Failed);
