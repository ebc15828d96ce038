using System.Diagnostics;
using Xunit;

namespace CxrOnnx.Tests;

/// <summary>Good files with a few bytes changed, for tests that nothing but a clear refusal comes of them.</summary>
internal static class ChangedBytes
{
    private const int MostChanges = 6;

    /// <summary>Longest that reading one of them may take.</summary>
    public static TimeSpan LongestRead { get; } = TimeSpan.FromSeconds(5);

    /// <summary>Files per kind: <paramref name="usual"/>, or as many times more as the variable CXRONNX_FUZZ says.</summary>
    public static int Count(int usual) =>
        usual * (int.TryParse(Environment.GetEnvironmentVariable("CXRONNX_FUZZ"), out int factor) ? factor : 1);

    /// <summary>Reads as many files as asked, each within <see cref="LongestRead"/>, and notes counts and the longest time.</summary>
    /// <param name="kind">What the files are.</param>
    /// <param name="files">How many.</param>
    /// <param name="read">Reads the file of a number; false where it refused.</param>
    /// <returns>How many were refused.</returns>
    public static int ReadAll(string kind, int files, Func<int, bool> read)
    {
        int refused = 0;
        TimeSpan longest = TimeSpan.Zero;
        for (int i = 0; i < files; i++)
        {
            Stopwatch watch = Stopwatch.StartNew();
            refused += read(i) ? 0 : 1;
            longest = watch.Elapsed > longest ? watch.Elapsed : longest;
            Assert.True(watch.Elapsed < LongestRead, $"file {i} of {kind} took {watch.Elapsed}");
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            FormattableString.Invariant($"fuzz: {kind}: {files} files, {refused} refused, longest {longest.TotalMilliseconds:0} ms")
        );
        return refused;
    }

    /// <summary>Changes bytes (every other time in the head), repeats or removes a piece, or cuts the end off.</summary>
    public static byte[] Of(byte[] good, Random random)
    {
        byte[] bytes = [.. good];
        int reach = random.Next(2) == 0 ? Math.Min(bytes.Length, 600) : bytes.Length;
        for (int change = random.Next(1, MostChanges); change > 0; change--)
        {
            byte[] interesting = [0, 1, 0x7F, 0x80, 0xFE, 0xFF, (byte)',', (byte)'"', (byte)'-', (byte)'9', (byte)random.Next(256)];
            bytes[random.Next(reach)] = interesting[random.Next(interesting.Length)];
        }

        int at = random.Next(bytes.Length);
        int length = Math.Min(random.Next(1, 64), bytes.Length - at);
        return random.Next(10) switch
        {
            0 => bytes[..at],
            1 => [.. bytes[..at], .. bytes[(at + length)..]],
            2 => [.. bytes[..(at + length)], .. bytes[at..]],
            _ => bytes,
        };
    }
}
