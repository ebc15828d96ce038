using Xunit;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Tests.Models;

internal static class StateDictAssert
{
    /// <summary>The module has exactly these names and shapes.</summary>
    public static void Same(IReadOnlyDictionary<string, IReadOnlyList<long>> expected, nn.Module module)
    {
        IEnumerable<string> wanted = expected
            .Select(entry => $"{entry.Key} [{string.Join(", ", entry.Value)}]")
            .Order(StringComparer.Ordinal);
        IEnumerable<string> actual = module
            .state_dict()
            .Select(entry => $"{entry.Key} [{string.Join(", ", entry.Value.shape)}]")
            .Order(StringComparer.Ordinal);
        Assert.Equal(wanted, actual);
    }
}
