using System.Diagnostics;

namespace CxrOnnx.Packages.Tests;

/// <summary>Runs programs as a user's shell would: without what the test runner left in the environment.</summary>
internal static class DotnetCommand
{
    private static readonly string[] RunnersVariables = ["MSBUILD", "TESTINGPLATFORM", "VSTEST", "COVERLET", "DOTNET_HOST_PATH"];

    /// <summary>The dotnet that runs this test.</summary>
    public static string Path { get; } =
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH")
        ?? System.IO.Path.Combine(
            System.IO.Path.GetFullPath(
                System.IO.Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")
            ),
            OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"
        );

    /// <summary>Runs a program to its end.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="packages">Its folder of NuGet packages.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="cancellationToken">Kills it.</param>
    public static async Task<(int Code, string Output, string Error)> RunAsync(
        string program,
        string folder,
        string packages,
        IEnumerable<string> arguments,
        CancellationToken cancellationToken
    )
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (
            string variable in start
                .Environment.Keys.Where(name => RunnersVariables.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
                .ToArray()
        )
        {
            start.Environment.Remove(variable);
        }

        start.Environment["NUGET_PACKAGES"] = packages;
        start.Environment["DOTNET_ROOT"] = System.IO.Path.GetDirectoryName(Path);
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";

        // A build server that outlives the test would keep the temporary folder open.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        using Process process = Process.Start(start)!;
        try
        {
            Task<string> error = process.StandardError.ReadToEndAsync(cancellationToken);
            string output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
