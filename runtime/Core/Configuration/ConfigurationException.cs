namespace CxrOnnx.Core.Configuration;

/// <summary>A configuration file is wrong. Carries every problem found in it, not only the first.</summary>
public sealed class ConfigurationException : CxrOnnxException
{
    /// <summary>Creates the exception for one source (a file name) and all its problems.</summary>
    public ConfigurationException(string source, IReadOnlyList<string> problems)
        : base($"{source}: {problems.Count} problem{(problems.Count == 1 ? "" : "s")}: {string.Join("; ", problems)}")
    {
        Problems = problems;
    }

    /// <summary>Every problem, each with the key it is about and, where known, the line.</summary>
    public IReadOnlyList<string> Problems { get; }
}
