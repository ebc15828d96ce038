using System.Diagnostics;

namespace CxrOnnx.Runtime.Tests;

/// <summary>The built program as a process that a test can kill.</summary>
internal static class ChildProcess
{
    public static Process Start(IReadOnlyList<string> arguments)
    {
        string host =
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH")
            ?? Path.Combine(
                Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
                OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"
            );
        string[] command = [host, Path.Combine(AppContext.BaseDirectory, "cxr.dll"), .. arguments];

        // A test run in the background of a shell inherits an ignored SIGINT, which a .NET program then ignores as well.
        if (OperatingSystem.IsLinux())
        {
            command = ["env", "--default-signal=INT", .. command];
        }

        return Process.Start(new ProcessStartInfo(command[0], command[1..]))!;
    }
}
