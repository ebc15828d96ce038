using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace CxrOnnx.Server.Tests;

/// <summary><c>cxr serve</c> as a process of its own.</summary>
[Trait("Category", "process")]
public sealed class ServeProcessTests
{
    private static ProcessStartInfo Cxr(params string[] arguments)
    {
        string runtime = System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory();
        string host =
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH")
            ?? Path.GetFullPath(Path.Combine(runtime, "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
        return new ProcessStartInfo(host, [Path.Combine(AppContext.BaseDirectory, "cxr.dll"), .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = Directory.CreateTempSubdirectory("cxr-serve-").FullName,
        };
    }

    /// <summary>Starts the service and waits until it is ready.</summary>
    private static async Task<(Process Process, HttpClient Client)> ServeAsync(ProcessStartInfo start)
    {
        Process process = Process.Start(start)!;
        string line = (await process.StandardError.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)))!;
        Assert.StartsWith("listening on http://127.0.0.1:", line, StringComparison.Ordinal);
        _ = process.StandardError.ReadToEndAsync();
        HttpClient client = new() { BaseAddress = new Uri(line["listening on ".Length..]) };
        while (!(await client.GetAsync("/v2/health/ready")).IsSuccessStatusCode)
        {
            await Task.Delay(50);
        }

        return (process, client);
    }

    [Fact]
    public async Task Serve_TerminatedUnderLoad_AnswersEveryAcceptedRequest()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no SIGTERM on Windows");
        (Process process, HttpClient client) = await ServeAsync(
            Cxr("serve", "--bundle", TestService.Bundle, "--urls", "http://127.0.0.1:0", "--cache-mib", "0")
        );
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        const int count = 8;
        int inside = 0;
        int answered = 0;
        int refusedConnections = 0;
        Task[] clients =
        [
            .. Enumerable
                .Range(0, count)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        // Each request on a connection of its own: one that was accepted is answered, one that was not is refused as a
                        // whole.
                        while (true)
                        {
                            using HttpClient own = new() { BaseAddress = client.BaseAddress };
                            own.DefaultRequestHeaders.ConnectionClose = true;
                            try
                            {
                                Interlocked.Increment(ref inside);
                                using HttpResponseMessage response = await own.PostAsync(
                                    "/v1/ground",
                                    TestService.Form(Radiographs.Png(), ("phrases", "edema"))
                                );
                                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                                Interlocked.Increment(ref answered);
                            }
                            catch (HttpRequestException refused)
                            {
                                Assert.True(IsRefusal(refused), refused.ToString());
                                Interlocked.Increment(ref refusedConnections);
                                return;
                            }
                            finally
                            {
                                Interlocked.Decrement(ref inside);
                            }
                        }
                    })
                ),
        ];
        while (Volatile.Read(ref answered) < 10 || Volatile.Read(ref inside) < count)
        {
            await Task.Delay(1);
        }

        int answeredBefore = Volatile.Read(ref answered);

        using Process kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await Task.WhenAll(clients).WaitAsync(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync();

        // The signal met requests that were on their way, and they were answered after it.
        Assert.True(answered > answeredBefore, $"{answered - answeredBefore} answers after the signal");
        Assert.Equal((0, count), (process.ExitCode, refusedConnections));
        string[] lines = (await output).TrimEnd().Split('\n');
        Assert.Equal(
            answered,
            lines.Count(line =>
                line.Contains("\"Route\":\"/v1/ground\"", StringComparison.Ordinal)
                && line.Contains("\"Status\":200", StringComparison.Ordinal)
            )
        );
        Assert.All(lines, line => System.Text.Json.JsonDocument.Parse(line).Dispose());
    }

    /// <summary>
    /// A connection that was not made, or one that waited in the system's queue when the listening socket was closed: the system resets
    /// it, and no byte of an answer was seen. An answer that breaks off has another error.
    /// </summary>
    private static bool IsRefusal(HttpRequestException exception) =>
        exception.HttpRequestError == HttpRequestError.ConnectionError
        || (
            exception.HttpRequestError == HttpRequestError.Unknown
            && exception.InnerException?.InnerException
                is System.Net.Sockets.SocketException { SocketErrorCode: System.Net.Sockets.SocketError.ConnectionReset }
        );

    [Fact]
    public async Task Serve_WrongInput_ExitsWithCode2AndOneLine()
    {
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        foreach (
            (string[] arguments, string text) in ((string[], string)[])
                [
                    (["--urls", "http://0.0.0.0:0"], "--api-key-file"),
                    (["--urls", $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}"], "address already in use"),
                    (["--urls", "http://192.0.2.1:18099", "--allow-anonymous"], "cannot listen"),
                    (["--urls", "http://127.0.0.1:99999"], "the port must be a number from 0 to 65535"),
                    (["--urls", "http://127.0.0.1:80a"], "the port must be a number from 0 to 65535"),
                    (["--api-key-file", "none"], "API key file none"),
                    (["--queue", "0"], "QueueLength is 0"),
                    (["--images-at-once", "65"], "--images-at-once 65: must lie between 1 and 64"),
                    (["--images-at-once", "2", "--deterministic"], "--images-at-once 2 with --deterministic"),
                    (["--device-id", "0,1", "--provider", "cpu"], "--device-id 1 is the number of a GPU"),
                    (["--device-id", "0,0"], "DeviceIds is 0,0; want each number once"),
                    (["--device-id", "0,x"], "--device-id 0,x: want numbers of GPUs"),
                    (["--samples", "none"], "--samples wants a folder"),
                    (["--urls", "http://127.0.0.1:0", "--bundle", "nowhere"], "no such bundle"),
                ]
        )
        {
            using Process process = Process.Start(
                Cxr(["serve", .. arguments.Contains("--bundle") ? arguments : ["--bundle", TestService.Bundle, .. arguments]])
            )!;
            string error = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();

            Assert.Equal(2, process.ExitCode);
            Assert.StartsWith("error: ", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
            Assert.Contains(text, error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Serve_InANetworkWithoutARoute_Works()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "network namespaces are Linux's");
        Assert.SkipUnless(Run("curl", "--version"), "no curl in PATH");
        string name = $"cxr{Environment.ProcessId}";
        Assert.SkipUnless(Run("ip", "netns", "add", name), "a network namespace cannot be made here (needs root and ip netns)");
        try
        {
            Assert.SkipUnless(
                Run("ip", "netns", "exec", name, "ip", "link", "set", "lo", "up"),
                "the namespace's loopback cannot be started"
            );
            ProcessStartInfo cxr = Cxr("serve", "--bundle", TestService.Bundle, "--urls", "http://127.0.0.1:18080");
            ProcessStartInfo start = new("ip", ["netns", "exec", name, cxr.FileName, .. cxr.ArgumentList])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
                WorkingDirectory = cxr.WorkingDirectory,
            };
            using Process process = Process.Start(start)!;
            string image = Path.Combine(cxr.WorkingDirectory, "chest.png");
            Assert.Equal(
                "listening on http://127.0.0.1:18080",
                await process.StandardError.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60))
            );
            await File.WriteAllBytesAsync(image, Radiographs.Png());
            bool answered = false;
            for (int i = 0; i < 100 && !answered; i++)
            {
                await Task.Delay(100);
                answered = Run(
                    "ip",
                    "netns",
                    "exec",
                    name,
                    "curl",
                    "--silent",
                    "--fail",
                    "--output",
                    "/dev/null",
                    "--form",
                    $"image=@{image}",
                    "--form",
                    "phrases=edema",
                    "http://127.0.0.1:18080/v1/ground"
                );
            }

            process.Kill(entireProcessTree: true);
            Assert.True(answered);

            // Nothing but the image that this test put there.
            Assert.Equal([image], Directory.GetFileSystemEntries(cxr.WorkingDirectory));
        }
        finally
        {
            Run("ip", "netns", "delete", name);
        }
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(
                new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true }
            )!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
