using Xunit;

namespace CxrOnnx.Tests;

/// <summary>The longest tests, which <c>dotnet test</c> leaves out so that it stays below ten minutes on two cores.</summary>
internal static class LongTest
{
    private const string Variable = "CXRONNX_LONG";

    /// <summary>Skips a test unless long ones are asked for, as CI does.</summary>
    public static void SkipUnlessAsked() =>
        Assert.SkipUnless(Environment.GetEnvironmentVariable(Variable) == "1", $"takes long: {Variable}=1 runs it, as CI does");
}
