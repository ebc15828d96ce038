using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace CxrOnnx.Server.Tests.Browser;

/// <summary>A page of a headless Chromium, driven through the DevTools protocol; needs nothing but the browser.</summary>
internal sealed class ChromiumPage : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly Process _process;
    private readonly ClientWebSocket _socket;
    private readonly string _folder;
    private int _lastId;

    private ChromiumPage(Process process, ClientWebSocket socket, string folder)
    {
        _process = process;
        _socket = socket;
        _folder = folder;
    }

    /// <summary>Errors that the page reported.</summary>
    public List<string> Errors { get; } = [];

    /// <summary>Opens a page; skips the calling test where there is no Chromium.</summary>
    public static async Task<ChromiumPage> OpenAsync(Uri address, int width, int height)
    {
        string? program = ((string[])["chromium", "chromium-browser", "google-chrome"])
            .SelectMany(name =>
                (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(path => Path.Combine(path, name))
            )
            .FirstOrDefault(File.Exists);
        Assert.SkipWhen(program is null, "no Chromium in PATH (apt-get install chromium)");
        string folder = Directory.CreateTempSubdirectory("cxr-chromium-").FullName;
        ProcessStartInfo start = new(
            program!,
            [
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
                "--remote-debugging-port=0",
                $"--user-data-dir={folder}",
                $"--window-size={width},{height}",
                "about:blank",
            ]
        )
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        Process process = Process.Start(start)!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        string port = Path.Combine(folder, "DevToolsActivePort");
        Stopwatch watch = Stopwatch.StartNew();
        while (!File.Exists(port) || File.ReadAllLines(port).Length < 2)
        {
            Assert.True(watch.Elapsed < Patience && !process.HasExited, "Chromium did not start");
            await Task.Delay(50);
        }

        using HttpClient client = new();
        JsonElement pages = JsonDocument
            .Parse(await client.GetStringAsync($"http://127.0.0.1:{File.ReadAllLines(port)[0]}/json/list"))
            .RootElement;
        string url = pages
            .EnumerateArray()
            .First(page => page.GetProperty("type").GetString() == "page")
            .GetProperty("webSocketDebuggerUrl")
            .GetString()!;
        ClientWebSocket socket = new();
        await socket.ConnectAsync(new Uri(url), CancellationToken.None);
        ChromiumPage opened = new(process, socket, folder);
        await opened.SendAsync("Runtime.enable");
        await opened.SendAsync("Page.enable");
        await opened.ResizeAsync(width, height);
        await opened.SendAsync("Page.navigate", new JsonObject { ["url"] = address.ToString() });
        await opened.UntilAsync($"location.href === '{address}' && document.readyState === 'complete'");
        return opened;
    }

    /// <summary>Runs JavaScript in the page and returns its value; promises are awaited.</summary>
    public async Task<JsonElement> EvaluateAsync(string expression)
    {
        JsonElement answer = await SendAsync(
            "Runtime.evaluate",
            new JsonObject
            {
                ["expression"] = expression,
                ["awaitPromise"] = true,
                ["returnByValue"] = true,
            }
        );
        Assert.False(answer.TryGetProperty("exceptionDetails", out JsonElement problem), problem.ToString());
        return answer.GetProperty("result").TryGetProperty("value", out JsonElement value) ? value : default;
    }

    /// <summary>Waits until an expression is true.</summary>
    public async Task UntilAsync(string expression)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while ((await EvaluateAsync($"Boolean({expression})")).ValueKind != JsonValueKind.True)
        {
            Assert.True(watch.Elapsed < Patience, $"never true: {expression}; errors: {string.Join("; ", Errors)}");
            await Task.Delay(50);
        }
    }

    /// <summary>Gives the page's file input a file.</summary>
    public async Task ChooseFileAsync(string selector, string path)
    {
        JsonElement document = await SendAsync("DOM.getDocument");
        int root = document.GetProperty("root").GetProperty("nodeId").GetInt32();
        JsonElement node = await SendAsync("DOM.querySelector", new JsonObject { ["nodeId"] = root, ["selector"] = selector });
        await SendAsync(
            "DOM.setFileInputFiles",
            new JsonObject { ["files"] = new JsonArray(path), ["nodeId"] = node.GetProperty("nodeId").GetInt32() }
        );
    }

    /// <summary>Presses and releases a key.</summary>
    public async Task PressAsync(string key, int modifiers = 0)
    {
        foreach (string type in (string[])["keyDown", "keyUp"])
        {
            JsonObject press = new()
            {
                ["type"] = type,
                ["key"] = key,
                ["modifiers"] = modifiers,
            };
            if (key == "Tab")
            {
                press["windowsVirtualKeyCode"] = 9;
            }

            await SendAsync("Input.dispatchKeyEvent", press);
        }
    }

    public Task ResizeAsync(int width, int height, bool phone = false) =>
        SendAsync(
            "Emulation.setDeviceMetricsOverride",
            new JsonObject
            {
                ["width"] = width,
                ["height"] = height,
                ["deviceScaleFactor"] = phone ? 2 : 1,
                ["mobile"] = phone,
            }
        );

    /// <summary>A PNG of what is to be seen; of the whole page where that is wanted.</summary>
    public async Task<byte[]> ScreenshotAsync(bool wholePage = false) =>
        (await SendAsync("Page.captureScreenshot", new JsonObject { ["format"] = "png", ["captureBeyondViewport"] = wholePage }))
            .GetProperty("data")
            .GetBytesFromBase64();

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<JsonElement> SendAsync(string method, JsonObject? parameters = null)
    {
        int id = ++_lastId;
        JsonObject message = new()
        {
            ["id"] = id,
            ["method"] = method,
            ["params"] = parameters ?? [],
        };
        await _socket.SendAsync(Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, true, CancellationToken.None);
        while (true)
        {
            JsonElement answer = await ReceiveAsync();
            if (answer.TryGetProperty("id", out JsonElement answered) && answered.GetInt32() == id)
            {
                Assert.False(answer.TryGetProperty("error", out JsonElement error), $"{method}: {error}");
                return answer.GetProperty("result");
            }

            if (answer.TryGetProperty("method", out JsonElement happened) && happened.GetString() == "Runtime.exceptionThrown")
            {
                Errors.Add(answer.GetProperty("params").GetProperty("exceptionDetails").ToString());
            }
        }
    }

    private async Task<JsonElement> ReceiveAsync()
    {
        using CancellationTokenSource timeout = new(Patience);
        using MemoryStream message = new();
        byte[] buffer = new byte[1 << 16];
        while (true)
        {
            WebSocketReceiveResult part = await _socket.ReceiveAsync(buffer, timeout.Token);
            message.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                return JsonDocument.Parse(message.ToArray()).RootElement;
            }
        }
    }
}
