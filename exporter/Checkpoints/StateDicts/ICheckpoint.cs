using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Checkpoints.StateDicts;

/// <summary>The state dict of a checkpoint: which one of the file it is, and what of the file was left out.</summary>
public interface ICheckpoint : ITensorFile
{
    /// <summary>Where the state dict lies in the file: names separated by dots; empty for the whole file.</summary>
    string Key { get; }

    /// <summary>What was taken and what was not, one sentence each.</summary>
    IReadOnlyList<string> Notes { get; }
}
