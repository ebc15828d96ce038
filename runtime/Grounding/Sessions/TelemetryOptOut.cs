using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>
/// Switches ONNX Runtime's telemetry off before its native library is loaded. Its Linux build otherwise creates a device id and a database
/// in the home directory and uploads usage data. The switch is read once, from the process environment, when the library starts.
/// </summary>
internal static partial class TelemetryOptOut
{
    /// <summary>The variable that ONNX Runtime reads.</summary>
    public const string Variable = "ORT_DISABLE_TELEMETRY";

    /// <summary>
    /// An operator who wants the telemetry sets this to 1, or sets <see cref="Variable"/> to a value of his own, which is kept.
    /// </summary>
    public const string OptInVariable = "CXRONNX_ALLOW_ONNXRUNTIME_TELEMETRY";

    /// <summary>
    /// Runs before anything else of this assembly. .NET's own <c>Environment.SetEnvironmentVariable</c> changes a managed copy on Unix that
    /// native code never sees, hence the C library's function there.
    /// </summary>
    [ModuleInitializer]
    [SuppressMessage(
        "Usage",
        "CA2255",
        Justification = "It must precede the first ONNX Runtime call of any program that uses this library."
    )]
    internal static void Apply()
    {
        if (Environment.GetEnvironmentVariable(OptInVariable) == "1" || Environment.GetEnvironmentVariable(Variable) is not null)
        {
            return;
        }

        Environment.SetEnvironmentVariable(Variable, "1");
        if (OperatingSystem.IsWindows())
        {
            return; // there the call above is SetEnvironmentVariableW
        }

        const int keepExisting = 0;
        _ = SetEnvironment(Variable, "1", keepExisting);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
