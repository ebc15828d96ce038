using System.Text.Json.Serialization;
using CxrOnnx.Core;
using CxrOnnx.Tests;
using CxrOnnx.Workflows.Journals;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Workflows.Journals;

/// <summary>What long work has found so far.</summary>
[Trait("Category", "quick")]
public sealed class RunJournalTests : IDisposable
{
    private static readonly Dictionary<string, string> Binding = new() { ["bundle"] = "abc", ["preset"] = "exact" };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string File => _folder.File("work.progress.jsonl");

    private RunJournal Open(Dictionary<string, string>? binding = null) => RunJournal.Open(File, binding ?? Binding);

    [Fact]
    public void Find_AfterReopening_GivesTheVeryNumbers()
    {
        double[] numbers = [Math.PI, 1.0 / 3, double.Epsilon, double.NaN, double.PositiveInfinity, -0.0];
        using (RunJournal journal = Open())
        {
            Assert.Equal(0, journal.Before);
            journal.Add("a \"quoted\"\nkey", new Found(numbers), FoundContext.Default.Found);
        }

        using RunJournal again = Open();
        Assert.Equal(1, again.Before);
        Found found = again.Find("a \"quoted\"\nkey", FoundContext.Default.Found)!;
        Assert.Equal(numbers.Select(BitConverter.DoubleToInt64Bits), found.Numbers.Select(BitConverter.DoubleToInt64Bits));
        Assert.Null(again.Find("another", FoundContext.Default.Found));
    }

    [Fact]
    public void Open_CutAnywhere_KeepsTheWholeRecordsAndGoesOn()
    {
        using (RunJournal journal = Open())
        {
            journal.Add("one", new Found([1]), FoundContext.Default.Found);
            journal.Add("two", new Found([2]), FoundContext.Default.Found);
        }

        byte[] whole = System.IO.File.ReadAllBytes(File);
        int head = Array.IndexOf(whole, (byte)'\n') + 1;
        for (int length = 0; length <= whole.Length; length++)
        {
            System.IO.File.WriteAllBytes(File, whole[..length]);
            int ends = whole.AsSpan(0, length).Count((byte)'\n');
            using (RunJournal journal = Open())
            {
                Assert.Equal(Math.Max(0, ends - 1), journal.Before);
                journal.Add("three", new Found([3]), FoundContext.Default.Found);
            }

            using RunJournal again = Open();
            Assert.Equal(3, again.Find("three", FoundContext.Default.Found)!.Numbers[0]);
            Assert.Equal(Math.Max(0, ends - 1) + 1, again.Before);
        }

        Assert.True(head > 1);
    }

    [Fact]
    public void Open_OtherWork_IsRefusedWithTheDifference()
    {
        Open().Dispose();

        string message = Assert.Throws<InputException>(() => Open(new() { ["bundle"] = "abc", ["preset"] = "fast" })).Message;
        Assert.Contains("keeps what a run with preset exact had found, this one has fast", message, StringComparison.Ordinal);
        message = Assert.Throws<InputException>(() => Open(new(Binding) { ["system b"] = "x" })).Message;
        Assert.Contains("system b not given had found, this one has x", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ForeignOrHeldFile_IsRefused()
    {
        _folder.Write("work.progress.jsonl", "nonsense\n");
        Assert.Contains("line 1: not a record", Assert.Throws<InputException>(() => Open()).Message, StringComparison.Ordinal);
        System.IO.File.Delete(File);
        using RunJournal held = Open();
        Assert.Contains("another process is writing it", Assert.Throws<InputException>(() => Open()).Message, StringComparison.Ordinal);
        held.Finish();
        Assert.False(System.IO.File.Exists(File));
    }
}

/// <summary>A record.</summary>
internal sealed record Found(double[] Numbers);

/// <summary>Generated code instead of reflection.</summary>
[JsonSourceGenerationOptions(NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(Found))]
internal sealed partial class FoundContext : JsonSerializerContext;
