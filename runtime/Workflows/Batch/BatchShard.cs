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

    /// <summary>Name of the results file.</summary>
    public string FileName =>
        Count == 1 ? "results.jsonl" : string.Create(CultureInfo.InvariantCulture, $"results-{Index}-of-{Count}.jsonl");

    /// <summary>Name of the results as a table.</summary>
    public string CsvName => Path.ChangeExtension(FileName, ".csv");

    /// <summary>
    /// Reads <c>--shard I/N</c> (or <c>/N</c>, the index from the environment), or takes both from a SLURM array or a Kubernetes indexed
    /// job.
    /// </summary>
    /// <param name="option">The option, or null.</param>
    /// <param name="environment">Reads a variable of the environment.</param>
    /// <exception cref="InputException">The numbers make no sense, or the environment gives an index but no count.</exception>
    public static BatchShard Of(string? option, Func<string, string?> environment)
    {
        if (option is null)
        {
            return OfEnvironment(null, environment) ?? Whole;
        }

        string[] parts = option.Split('/');
        bool hasCount =
            int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int count) && parts.Length == 2 && count >= 1;
        if (hasCount && parts[0].Length == 0)
        {
            return OfEnvironment(count, environment)
                ?? throw new InputException(
                    $"`shard` {option}: neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set; give the part too, as I/N"
                );
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

    private static BatchShard? OfEnvironment(int? given, Func<string, string?> environment)
    {
        int? Read(string name) =>
            environment(name) is not { Length: > 0 } text ? null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value
            : throw new InputException($"{name}={text}: a number was expected; give `shard` I/N instead");

        BatchShard Checked(int position, int? count, string index, string number)
        {
            int all =
                given
                ?? count
                ?? throw new InputException($"{index} is set but {number} is not: say how many parts there are with `shard` /N");
            return position >= 0 && position < all
                ? new BatchShard(position + 1, all, index)
                : throw new InputException(
                    $"{index} gives part {position + 1} of {all}; number the tasks without gaps, or give `shard` I/N"
                );
        }

        if (Read("SLURM_ARRAY_TASK_ID") is { } task)
        {
            int step = Math.Max(1, Read("SLURM_ARRAY_TASK_STEP") ?? 1);
            return Checked(
                (task - (Read("SLURM_ARRAY_TASK_MIN") ?? 0)) / step,
                Read("SLURM_ARRAY_TASK_COUNT"),
                "SLURM_ARRAY_TASK_ID",
                "SLURM_ARRAY_TASK_COUNT"
            );
        }

        // Kubernetes tells an indexed job its index only; JOB_COMPLETIONS may be set in the job's description.
        return Read("JOB_COMPLETION_INDEX") is { } completion
            ? Checked(completion, Read("JOB_COMPLETIONS"), "JOB_COMPLETION_INDEX", "JOB_COMPLETIONS")
            : null;
    }
}
