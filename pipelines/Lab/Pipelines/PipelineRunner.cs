using System.Diagnostics;
using CxrOnnx.CommandLine;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Lab.Pipelines;

/// <summary>Runs the stages of a pipeline that are not up to date.</summary>
/// <param name="invoke">Runs one command line in this process and returns its exit code.</param>
/// <param name="report">Receives one line per event.</param>
public sealed class PipelineRunner(Func<IReadOnlyList<string>, CancellationToken, Task<int>> invoke, Action<string> report)
{
    /// <summary>Runs the pipeline.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="from">Runs this stage and all later ones even if they are up to date; null: only what changed.</param>
    /// <param name="dryRun">Only says what would run.</param>
    /// <param name="cancellationToken">
    /// Stops between and inside stages; what a stage has written stays and is resumed by the next run.
    /// </param>
    /// <returns>
    /// 0; the exit code of the stage that failed; 1 of a dry run where something is missing that no stage makes.
    /// </returns>
    /// <exception cref="InputException">
    /// There is no stage of the name <paramref name="from"/>, or an input or a source is missing.
    /// </exception>
    public async Task<int> RunAsync(PipelineDefinition pipeline, string? from, bool dryRun, CancellationToken cancellationToken)
    {
        if (from is not null && pipeline.Stages.All(stage => stage.Name != from))
        {
            throw new InputException(
                $"--from {from}: {pipeline.Name} has no such stage; it has {string.Join(", ", pipeline.Stages.Select(stage => stage.Name))}"
            );
        }

        PipelineSource[] missing = [.. pipeline.Sources.Where(source => !source.IsThere)];
        if (missing.Length > 0 && !dryRun)
        {
            // Hours of work must not end at a file that could have been asked for at the start.
            throw new InputException(
                $"{pipeline.Name}: {missing.Length} of {pipeline.Sources.Count} files and folders that no stage makes are not there: "
                    + $"{missing[0].Path} ({missing[0].From}){(missing.Length > 1 ? " and others" : "")}; --dry-run lists all of them"
            );
        }

        Describe(pipeline, dryRun);
        StageCache cache = new(pipeline.Folder);
        HashSet<string> upcoming = new(StringComparer.Ordinal);
        bool forced = false;
        foreach ((int index, PipelineStage stage) in pipeline.Stages.Index())
        {
            cancellationToken.ThrowIfCancellationRequested();
            forced |= stage.Name == from;
            string title = $"[{index + 1}/{pipeline.Stages.Count}] {stage.Name}";
            bool dependsOnUpcoming = stage.Inputs.Any(input => upcoming.Any(output => Overlaps(input, output)));
            string? key = dependsOnUpcoming && dryRun ? null : StageCache.KeyOf(stage);
            if (!forced && key is not null && cache.IsCurrent(stage, key))
            {
                report($"{title}: up to date");
                continue;
            }

            if (dryRun)
            {
                report($"{title}: would run cxr-lab {string.Join(' ', stage.CommandLine())}");
                upcoming.UnionWith(stage.Outputs);
                continue;
            }

            int code = await RunStageAsync(stage, title, key, cache, pipeline.Folder, cancellationToken);
            if (code != 0)
            {
                return code;
            }
        }

        return dryRun ? Missing(pipeline, missing) : 0;
    }

    private void Describe(PipelineDefinition pipeline, bool dryRun)
    {
        PipelineVariable[] leftOut = [.. pipeline.Variables.Where(variable => variable.Value is null)];
        if (!dryRun)
        {
            if (leftOut.Length > 0)
            {
                report($"not given, left out: {string.Join(", ", leftOut.Select(variable => variable.Name))} (--set NAME=VALUE)");
            }

            return;
        }

        foreach (PipelineVariable variable in pipeline.Variables)
        {
            report(
                variable.Value is null
                    ? $"{variable.Name}: not given, left out ({variable.About}); --set {variable.Name}=VALUE"
                    : $"{variable.Name} = {variable.Value}{(variable.IsDefault ? " (default)" : "")}: {variable.About}"
            );
        }
    }

    /// <summary>Lists what must be fetched, once per place.</summary>
    private int Missing(PipelineDefinition pipeline, PipelineSource[] missing)
    {
        if (pipeline.Sources.Count > 0)
        {
            report($"{missing.Length} of {pipeline.Sources.Count} files and folders that no stage makes are missing");
        }

        foreach (IGrouping<string, PipelineSource> place in missing.GroupBy(source => source.From))
        {
            report($"fetch from {place.Key}");
            foreach (PipelineSource source in place)
            {
                report($"  {source.Path}");
            }
        }

        return missing.Length > 0 ? 1 : 0;
    }

    private async Task<int> RunStageAsync(
        PipelineStage stage,
        string title,
        string? key,
        StageCache cache,
        string folder,
        CancellationToken cancellationToken
    )
    {
        if (key is null)
        {
            string missing = stage.Inputs.First(input => !File.Exists(input) && !Directory.Exists(input));
            throw new InputException(
                $"stage {stage.Name}: its input {missing} does not exist; run the stage that makes it, or correct the path"
            );
        }

        if (cache.HasStalePartialWork(stage, key))
        {
            // Half-finished work of other settings must not be continued. Only what lies in the pipeline's own folder is ours to delete.
            foreach (string output in stage.Outputs.Where(output => IsBelow(output, folder)))
            {
                Remove(output);
            }
        }

        cache.Begin(stage, key);
        report($"{title}: cxr-lab {string.Join(' ', stage.CommandLine())}");
        Stopwatch clock = Stopwatch.StartNew();
        int code = await invoke(stage.CommandLine(), cancellationToken);
        if (code != 0)
        {
            report(
                code == ExitCodes.Interrupted
                    ? $"{title}: stopped; the same command goes on from here"
                    : $"{title}: failed with exit code {code}"
            );
            return code;
        }

        foreach (string output in stage.Outputs.Where(output => !File.Exists(output) && !Directory.Exists(output)))
        {
            throw new ArtifactException($"stage {stage.Name} ended without writing its output {output}");
        }

        cache.Complete(stage, key);
        report(FormattableString.Invariant($"{title}: done in {clock.Elapsed.TotalSeconds:0.0} s"));
        return 0;
    }

    private static bool Overlaps(string input, string output) =>
        input == output
        || input.StartsWith(output.TrimEnd('/') + "/", StringComparison.Ordinal)
        || output.StartsWith(input.TrimEnd('/') + "/", StringComparison.Ordinal);

    private static bool IsBelow(string path, string folder) =>
        Path.GetFullPath(path).StartsWith(Path.GetFullPath(folder).TrimEnd('/') + "/", StringComparison.Ordinal);

    private static void Remove(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
        else if (File.Exists(path))
        {
            File.Delete(path);
        }
    }
}
