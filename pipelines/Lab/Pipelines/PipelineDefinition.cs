namespace CxrOnnx.Lab.Pipelines;

/// <summary>An experiment: named stages, each one command line of this tool, run in order.</summary>
/// <param name="Name">Name of the experiment.</param>
/// <param name="Folder">Folder below which every stage writes, relative to the current directory.</param>
/// <param name="Stages">The stages in order.</param>
public sealed record PipelineDefinition(string Name, string Folder, IReadOnlyList<PipelineStage> Stages)
{
    /// <summary>Files and folders that no stage makes and that must be fetched from elsewhere.</summary>
    public IReadOnlyList<PipelineSource> Sources { get; init; } = [];

    /// <summary>The variables with the values that this run has.</summary>
    public IReadOnlyList<PipelineVariable> Variables { get; init; } = [];
}
