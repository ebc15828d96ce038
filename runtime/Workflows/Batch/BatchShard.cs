using System.Globalization;
using CxrOnnx.Core;

namespace CxrOnnx.Workflows.Batch;

/// <summary>One of several parts of a data set that are grounded by processes of their own.</summary>
/// <param name="Index">From 1 to <paramref name="Count"/>.</param>
/// <param name="Count">Number of parts.</param>
/// <param name="Source">Where the numbers come from, for the log.</param>
public sealed record BatchShard(int Index, int Count, string Source)
{
    /// <summary>The whole data set.</summary>
    public static BatchShard Whole { get; } = new(1, 1, "");

    /// <summary>How all parts are numbered, to be pinned.</summary>
    public BatchNumbering Numbering { get; init; } = new(Count);

    /// <summary>Name of the results file.</summary>
    public string FileName => NameOf(Index, Count);

    /// <summary>Name of the results as a table.</summary>
    public string CsvName => Path.ChangeExtension(FileName, ".csv");

    /// <summary>Name of the file with the times.</summary>
    public string TimesName => Path.ChangeExtension(FileName, ".times.csv");

    /// <summary>Name of a part's results file.</summary>
    /// <param name="index">From 1.</param>
    /// <param name="count">Number of parts.</param>
    public static string NameOf(int index, int count) =>
        count == 1 ? "results.jsonl" : string.Create(CultureInfo.InvariantCulture, $"results-{index}-of-{count}.jsonl");

    /// <summary>
    /// Reads <c>--shard I/N</c> (or <c>/N</c>, the index from the environment), or takes both from a SLURM array or a Kubernetes indexed
    /// job. Where the folder has a pinned numbering, a single task of an array finds the part that it had in the whole array.
    /// </summary>
    /// <param name="option">The option, or null.</param>
    /// <param name="environment">Reads a variable of the environment.</param>
    /// <param name="pinned">The numbering of the batch in the output folder; null where none was begun.</param>
    /// <exception cref="InputException">The numbers make no sense, or which part is meant cannot be told.</exception>
    public static BatchShard Of(string? option, Func<string, string?> environment, BatchNumbering? pinned = null)
    {
        ArrayTask? task = ArrayTask.Of(environment);
        if (option is null)
        {
            return task is null ? Whole : OfTask(task, null, pinned);
        }

        string[] parts = option.Split('/');
        bool hasCount =
            int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int count) && parts.Length == 2 && count >= 1;
        if (hasCount && parts[0].Length == 0)
        {
            return task is null
                ? throw new InputException(
                    $"`shard` {option}: neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set; give the part too, as I/N"
                )
                : OfTask(task, count, pinned);
        }

        return
            hasCount
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            && index >= 1
            && index <= count
            ? new BatchShard(index, count, "`shard`")
            : throw new InputException($"`shard` {option}: wanted I/N with I from 1 to N, for example 3/8");
    }

    /// <summary>Whether an image belongs to this part: images are dealt out one by one, so that parts take about equally long.</summary>
    /// <param name="image">Position of the image in the manifest, from 0.</param>
    public bool Holds(int image) => image % Count == Index - 1;

    private static BatchShard OfTask(ArrayTask task, int? given, BatchNumbering? pinned)
    {
        int parts =
            given
            ?? pinned?.Parts
            ?? task.Count
            ?? throw new InputException(
                $"{task.Variable} is set but {task.CountVariable} is not: say how many parts there are with `shard` /N"
            );
        if (pinned?.FirstTask is null && task.Count is { } tasks && tasks != parts)
        {
            // Task 5 of an array of one may be any part: to guess would do another one's work again.
            throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{task.CountVariable} is {tasks}, the batch has {parts} parts: which of them {task.Variable}={task.Number} is cannot "
                        + $"be told; run the array as a whole first, or give `shard` I/{parts}"
                )
            );
        }

        BatchNumbering numbering = pinned?.FirstTask is null ? new BatchNumbering(parts, task.First, task.Step) : pinned;
        (int position, int rest) = Math.DivRem(task.Number - numbering.FirstTask!.Value, numbering.TaskStep);
        return rest == 0 && position >= 0 && position < parts
            ? new BatchShard(position + 1, parts, task.Variable) { Numbering = numbering with { Parts = parts } }
            : throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{task.Variable} gives part {position + 1} of {parts}; number the tasks without gaps, or give `shard` I/N"
                )
            );
    }

    /// <summary>A task of an array job, as the environment describes it.</summary>
    private sealed record ArrayTask(int Number, int? Count, int First, int Step, string Variable, string CountVariable)
    {
        public static ArrayTask? Of(Func<string, string?> environment)
        {
            int? Read(string name) =>
                environment(name) is not { Length: > 0 } text ? null
                : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value
                : throw new InputException($"{name}={text}: a number was expected; give `shard` I/N instead");

            if (Read("SLURM_ARRAY_TASK_ID") is { } task)
            {
                return new ArrayTask(
                    task,
                    Read("SLURM_ARRAY_TASK_COUNT"),
                    Read("SLURM_ARRAY_TASK_MIN") ?? 0,
                    Math.Max(1, Read("SLURM_ARRAY_TASK_STEP") ?? 1),
                    "SLURM_ARRAY_TASK_ID",
                    "SLURM_ARRAY_TASK_COUNT"
                );
            }

            // Kubernetes tells an indexed job its index only; JOB_COMPLETIONS may be set in the job's description.
            return Read("JOB_COMPLETION_INDEX") is { } completion
                ? new ArrayTask(completion, Read("JOB_COMPLETIONS"), 0, 1, "JOB_COMPLETION_INDEX", "JOB_COMPLETIONS")
                : null;
        }
    }
}
