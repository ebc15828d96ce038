using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text.Json;
using CxrOnnx.Server.Hosting;
using CxrOnnx.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Xunit;

namespace CxrOnnx.Server.Tests;

/// <summary>The service on a free loopback port, with the tiny bundle, in this process. Everything it logs is kept.</summary>
internal sealed class TestService : IAsyncDisposable
{
    private static readonly Lazy<string> LazyBundle = new(() =>
    {
        string folder = Directory.CreateTempSubdirectory("cxr-served-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return VerifiedTinyBundle.Create(Path.Combine(folder, "tiny"));
    });

    private readonly WebApplication _app;

    private TestService(WebApplication app, LogCapture log)
    {
        _app = app;
        Log = log;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First()), Timeout = TimeSpan.FromMinutes(2) };
    }

    /// <summary>A bundle with golden cases; must not be changed.</summary>
    public static string Bundle
    {
        get
        {
            _ = TinyBundle.Folder;
            return LazyBundle.Value;
        }
    }

    public HttpClient Client { get; }

    public LogCapture Log { get; }

    public Uri Address => Client.BaseAddress!;

    public IServiceProvider Services => _app.Services;

    /// <summary>Starts a service.</summary>
    /// <param name="waitUntilReady">Whether to wait until the model is served.</param>
    /// <param name="settings">Name and value after each other.</param>
    public static async Task<TestService> StartAsync(bool waitUntilReady, params string[] settings)
    {
        Dictionary<string, string?> all = new()
        {
            ["urls"] = "http://127.0.0.1:0",
            ["Cxr:Provider"] = "cpu",
            ["Cxr:DrainSeconds"] = "20",
            ["Cxr:Threads"] = "1",
        };
        for (int i = 0; i < settings.Length; i += 2)
        {
            all[settings[i]] = settings[i + 1];
        }

        if (!all.ContainsKey("Cxr:Bundles:0"))
        {
            all["Cxr:Bundles:0"] = Bundle;
        }

        LogCapture log = new();
        WebApplication app = ServiceHost.Create(
            all,
            null,
            builder =>
            {
                builder.Logging.ClearProviders();
                builder.Logging.AddProvider(log);
                builder.Logging.SetMinimumLevel(LogLevel.Trace);
            }
        );
        await app.StartAsync(TestContext.Current.CancellationToken);
        TestService service = new(app, log);
        if (waitUntilReady)
        {
            await service.UntilAsync(async () => (await service.Client.GetAsync("/v2/health/ready")).IsSuccessStatusCode);
        }

        return service;
    }

    public static Task<TestService> StartAsync(params string[] settings) => StartAsync(true, settings);

    /// <summary>Waits until something holds.</summary>
    public async Task UntilAsync(Func<Task<bool>> holds)
    {
        for (int i = 0; i < 600; i++)
        {
            if (await holds())
            {
                return;
            }

            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Assert.Fail($"it did not come to be; log:\n{string.Join('\n', Log.Lines)}");
    }

    /// <summary>A form with an image and fields.</summary>
    public static MultipartFormDataContent Form(byte[]? image, params (string Name, string Value)[] fields)
    {
        MultipartFormDataContent form = [];
        if (image is not null)
        {
            ByteArrayContent part = new(image);
            part.Headers.ContentType = new MediaTypeHeaderValue("image/png");
            form.Add(part, "image", "Doe_Jane_1950-01-01.png");
        }

        foreach ((string name, string value) in fields)
        {
            form.Add(new StringContent(value), name);
        }

        return form;
    }

    /// <summary>Grounds one phrase on the test image and checks that the service is well.</summary>
    public async Task AssertHealthyAsync()
    {
        using HttpResponseMessage response = await Client.PostAsync(
            "/v1/ground",
            Form(Radiographs.Png(), ("phrases", "left lower pneumonia"))
        );
        Assert.Equal(200, (int)response.StatusCode);
    }

    /// <summary>Checks that an answer is a problem document.</summary>
    public static async Task<JsonElement> AssertProblemAsync(HttpResponseMessage response, int status, string kind)
    {
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(status == (int)response.StatusCode, $"wanted {status}, got {(int)response.StatusCode}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        JsonElement problem = JsonDocument.Parse(text).RootElement;
        Assert.Equal($"urn:cxronnx:problem:{kind}", problem.GetProperty("type").GetString());
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.Equal(problem.GetProperty("detail").GetString(), problem.GetProperty("error").GetString());
        return problem;
    }

    public static async Task<JsonElement> JsonAsync(HttpResponseMessage response)
    {
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}

/// <summary>Keeps every line that is logged, with all its structured values.</summary>
internal sealed class LogCapture : ILoggerProvider
{
    public ConcurrentQueue<string> Lines { get; } = [];

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose() { }

    private sealed class Logger(LogCapture owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            owner.Lines.Enqueue($"scope {state}");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => owner.Lines.Enqueue($"{logLevel} {category}: {formatter(state, exception)} {exception}");
    }
}
