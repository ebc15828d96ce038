using CxrOnnx.Core;
using CxrOnnx.Workflows.Batch;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands.Batch;

/// <summary>Which part of a batch a process grounds.</summary>
[Trait("Category", "quick")]
public sealed class BatchShardTests
{
    [Theory]
    [InlineData("3/8", "", 3, 8)]
    [InlineData(null, "", 1, 1)]
    [InlineData(null, "SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=0", 1, 4)]
    [InlineData(null, "SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_STEP=2", 4, 4)]
    [InlineData(null, "JOB_COMPLETION_INDEX=2 JOB_COMPLETIONS=3", 3, 3)]
    [InlineData("/5", "JOB_COMPLETION_INDEX=2", 3, 5)]
    public void Shard_OptionOrEnvironment_GivesThePart(string? option, string environment, int index, int count)
    {
        BatchShard shard = BatchShard.Of(option, name => Variable(environment, name));

        Assert.Equal((index, count), (shard.Index, shard.Count));
    }

    [Theory]
    [InlineData("0/3", "", "wanted I/N with I from 1 to N")]
    [InlineData("4/3", "", "wanted I/N with I from 1 to N")]
    [InlineData("3", "", "wanted I/N with I from 1 to N")]
    [InlineData("/3", "", "neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set")]
    [InlineData(null, "JOB_COMPLETION_INDEX=2", "say how many parts there are with `shard` /N")]
    [InlineData(
        null,
        "SLURM_ARRAY_TASK_ID=9 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=1",
        "gives part 9 of 3; number the tasks without gaps"
    )]
    [InlineData(null, "SLURM_ARRAY_TASK_ID=x", "SLURM_ARRAY_TASK_ID=x: a number was expected")]
    public void Shard_WrongNumbers_AreRefused(string? option, string environment, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<InputException>(() => BatchShard.Of(option, name => Variable(environment, name))).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData(null, "SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_COUNT=1 SLURM_ARRAY_TASK_MIN=5", 0, 1, 6)]
    [InlineData("/16", "SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_COUNT=1 SLURM_ARRAY_TASK_MIN=5", 0, 1, 6)]
    [InlineData(null, "SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_COUNT=2 SLURM_ARRAY_TASK_MIN=3 SLURM_ARRAY_TASK_STEP=2", 1, 1, 5)]
    [InlineData(null, "SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_COUNT=1 SLURM_ARRAY_TASK_MIN=7", 1, 2, 4)]
    [InlineData(null, "JOB_COMPLETION_INDEX=2", 0, 1, 3)]
    public void Shard_TaskAloneOfAPinnedArray_FindsItsOwnPart(string? option, string environment, int first, int step, int part)
    {
        BatchShard shard = BatchShard.Of(option, name => Variable(environment, name), new BatchNumbering(16, first, step));

        Assert.Equal((part, 16), (shard.Index, shard.Count));
    }

    [Theory]
    [InlineData("SLURM_ARRAY_TASK_ID=16 SLURM_ARRAY_TASK_COUNT=1 SLURM_ARRAY_TASK_MIN=16", 0, 1, "gives part 17 of 16")]
    [InlineData("SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_COUNT=1 SLURM_ARRAY_TASK_MIN=2", 1, 2, "number the tasks without gaps")]
    [InlineData("SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_COUNT=1 SLURM_ARRAY_TASK_MIN=0", 1, 1, "gives part 0 of 16")]
    [InlineData(
        "SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_COUNT=1 SLURM_ARRAY_TASK_MIN=5",
        null,
        1,
        "cannot be told; run the array as a whole"
    )]
    public void Shard_TaskThatIsNoneOfThePinnedParts_IsRefused(string environment, int? first, int step, string expected) =>
        Assert.Contains(
            expected,
            Assert
                .Throws<InputException>(() => BatchShard.Of(null, name => Variable(environment, name), new BatchNumbering(16, first, step)))
                .Message,
            StringComparison.Ordinal
        );

    private static string? Variable(string environment, string name) =>
        environment
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Where(pair => pair.StartsWith(name + "=", StringComparison.Ordinal))
            .Select(pair => pair[(name.Length + 1)..])
            .FirstOrDefault();
}
