using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CxrOnnx.Exporter.Tests;

/// <summary>
/// ONNX Runtime's Linux build reports home unless the C environment says no before its first use; .NET's own environment is a copy.
/// </summary>
internal static partial class Telemetry
{
    [ModuleInitializer]
    internal static void TurnOff()
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = SetEnv("ORT_DISABLE_TELEMETRY", "1", 1);
        }

        Environment.SetEnvironmentVariable("ORT_DISABLE_TELEMETRY", "1");
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);
}
