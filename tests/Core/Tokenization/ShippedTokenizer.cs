using CxrOnnx.Core.Tokenization;
using CxrOnnx.Tests;

namespace CxrOnnx.Core.Tests.Tokenization;

/// <summary>The tokenizer under <c>models/</c>, loaded once for all tests.</summary>
internal static class ShippedTokenizer
{
    private static readonly Lazy<ClipTokenizer> Loaded = new(() => ClipTokenizer.Load(Folder));

    public static string Folder => Path.Combine(Fixtures.Repository, "models", "tokenizer");

    public static ClipTokenizer Instance => Loaded.Value;
}
