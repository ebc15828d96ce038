using System.Runtime.InteropServices;
using CxrOnnx.Grounding.Sessions;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding.Sessions;

[Trait("Category", "quick")]
public class TelemetryOptOutTests
{
    [Fact]
    public void ModuleInitializer_Process_SetsTheVariableThatNativeCodeReads()
    {
        // Touching any type of the assembly is what runs the initializer.
        Assert.Equal(ExecutionProvider.Cpu, ExecutionProviders.Parse("cpu"));
        Assert.SkipWhen(Environment.GetEnvironmentVariable(TelemetryOptOut.OptInVariable) == "1", "the operator asked for telemetry");
        string? native = OperatingSystem.IsWindows()
            ? Environment.GetEnvironmentVariable(TelemetryOptOut.Variable)
            : Marshal.PtrToStringUTF8(GetEnvironment(TelemetryOptOut.Variable));
        Assert.Equal("1", native);
    }

    [DllImport("libc", EntryPoint = "getenv", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint GetEnvironment(string name);
}
