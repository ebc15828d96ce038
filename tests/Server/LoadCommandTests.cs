using System.Text.Json;
using CxrOnnx.Cli;
using CxrOnnx.CommandLine;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Server.Tests;

/// <summary><c>cxr bench --service</c>.</summary>
[Trait("Category", "slow")]
public sealed class LoadCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cxr-load-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<(int Code, string Output, string Error)> RunAsync(Uri service, string bundle, params string[] more)
    {
        string image = Path.Combine(_folder, "chest.png");
        await File.WriteAllBytesAsync(image, Radiographs.Png());
        StringWriter output = new();
        StringWriter error = new();
        int code = await CommandRunner.RunAsync(
            CxrRootCommand.Create(),
            ["bench", "--service", service.ToString(), "--bundle", bundle, "--image", image, "--threads", "1", .. more],
            output,
            error,
            TestContext.Current.CancellationToken
        );
        return (code, output.ToString(), error.ToString());
    }

    [Fact]
    public async Task Bench_Service_CountsEveryRequestOfEveryRow()
    {
        await using TestService service = await TestService.StartAsync();

        (int code, string output, string error) = await RunAsync(
            service.Address,
            TestService.Bundle,
            "--clients",
            "1",
            "3",
            "--requests",
            "5",
            "--json"
        );

        Assert.True(code == 0, error);
        JsonElement result = JsonDocument.Parse(output).RootElement;
        Assert.True(result.GetProperty("same_trajectory").GetBoolean());
        JsonElement[] rows = [.. result.GetProperty("rows").EnumerateArray()];
        Assert.Equal(
            ["NewImage 1: 5", "NewImage 3: 6", "WarmImage 1: 5", "WarmImage 3: 6", "SharedImage 3: 6"],
            rows.Select(row => $"{row.GetProperty("scenario").GetString()} {row.GetProperty("clients")}: {row.GetProperty("answered")}")
        );
        Assert.All(
            rows,
            row =>
            {
                Assert.Equal((0, 0), (row.GetProperty("refused").GetInt32(), row.GetProperty("failed").GetInt32()));
                double Of(string name, string part) => row.GetProperty(name).GetProperty(part).GetDouble();
                Assert.True(
                    Of("seconds", "p50") > 0 && Of("seconds", "p50") <= Of("seconds", "p95") && Of("seconds", "p95") <= Of("seconds", "p99")
                );
                Assert.Equal(row.GetProperty("clients").GetInt32() == 1, row.GetProperty("overhead").ValueKind == JsonValueKind.Number);
                Assert.True(row.GetProperty("processor_seconds").GetDouble() > 0);
            }
        );

        // 1 to compare, per row one that does not count; only new images have their trajectory computed by the request itself.
        string metrics = await service.Client.GetStringAsync("/metrics");
        Assert.Contains("cxr_requests_total{method=\"POST\",route=\"/v1/ground\",status=\"200\"} 14\n", metrics, StringComparison.Ordinal);
        Assert.Contains(
            "cxr_requests_total{method=\"POST\",route=\"/v1/images/{id}/ground\",status=\"200\"} 20\n",
            metrics,
            StringComparison.Ordinal
        );
        Assert.Contains($"cxr_trajectory_cache_misses_total {14 + 1 + 3 + 1}\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bench_ServiceThatIsFull_WaitsAndAsksAgain()
    {
        await using TestService service = await TestService.StartAsync("Cxr:QueueLength", "1");

        (int code, string output, string error) = await RunAsync(service.Address, TestService.Bundle, "--clients", "8", "--requests", "16");

        Assert.True(code == 0, error);
        string row = output.Split('\n').Single(line => line.StartsWith("new images", StringComparison.Ordinal));
        string[] cells = row["new images".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(("8", "16"), (cells[0], cells[1]));
        Assert.True(int.Parse(cells[2], System.Globalization.CultureInfo.InvariantCulture) > 0, output);
    }

    [Fact]
    public async Task Bench_WrongService_IsRefused()
    {
        await using TestService service = await TestService.StartAsync();
        string other = VerifiedTinyBundle.Create(Path.Combine(_folder, "other"));
        VerifiedTinyBundle.Tamper(other, "unet.");
        foreach (
            (Uri address, string bundle, string[] more, string text) in ((Uri, string, string[], string)[])
                [
                    (service.Address, other, [], "no ready model of the bundle"),
                    (new Uri("http://127.0.0.1:1"), TestService.Bundle, [], "no such service"),
                    (new Uri("ftp://127.0.0.1"), TestService.Bundle, [], "wanted an address"),
                    (service.Address, TestService.Bundle, ["--clients", "0"], "--clients"),
                    (service.Address, TestService.Bundle, ["--requests", "0"], "--requests"),
                    (service.Address, TestService.Bundle, ["--preset", "warp"], "has exact, fast, turbo"),
                ]
        )
        {
            (int code, string output, string error) = await RunAsync(address, bundle, more);

            Assert.Equal((ExitCodes.WrongInput, ""), (code, output));
            Assert.Contains(text, Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        }
    }
}
