using System.Diagnostics;

namespace CxrOnnx.Runtime.Tests.Cli;

/// <summary>The built program as a process that a test can kill.</summary>
internal static class ChildProcess
{
    public static Process Start(IReadOnlyList<string> arguments)
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH")
            ?? Path.Combine(Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")), OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        return Process.Start(new ProcessStartInfo(host, [Path.Combine(AppContext.BaseDirectory, "cxr.dll"), .. arguments]))!;
    }
}
