using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using CxrOnnx.Server.Work;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace CxrOnnx.Server.Tests;

/// <summary>Clients that send or read at a trickle: none occupies a worker, none stays for ever.</summary>
[Trait("Category", "slow")]
public sealed class SlowClientTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Uploads_AtATrickle_Are408AndOccupyNoWorker()
    {
        await using TestService service = await TestService.StartAsync(
            "Cxr:UploadGraceSeconds",
            "4",
            "Cxr:MinUploadBytesPerSecond",
            "1000"
        );
        string id = (await TestService.JsonAsync(await service.Client.PostAsync("/v1/images", TestService.Form(Radiographs.Png()))))
            .GetProperty("id")
            .GetString()!;
        const string form = "multipart/form-data; boundary=b";
        Task<string>[] slow =
        [
            TrickleAsync(service, "/v1/ground", form, "--b\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\n"),
            TrickleAsync(service, "/v1/images", form, "--b\r\nContent-"),
            TrickleAsync(service, $"/v1/images/{id}/ground", "application/json", "{\"phrases\": [\"edema"),
            TrickleAsync(service, "/v2/models/vae_encoder/infer", "application/json", "{\"inputs\": ["),
        ];
        await service.UntilAsync(() => Task.FromResult(service.Services.GetRequiredService<Admission>().Inside == slow.Length));

        await service.AssertHealthyAsync();

        Assert.DoesNotContain(slow, client => client.IsCompleted);
        foreach (string answer in await Task.WhenAll(slow).WaitAsync(Patience))
        {
            Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
            Assert.Contains("Connection: close", answer, StringComparison.Ordinal);
            Assert.Contains("\"type\":\"urn:cxronnx:problem:too-slow\"", answer, StringComparison.Ordinal);
        }

        await service.UntilAsync(() => Task.FromResult(service.Services.GetRequiredService<Admission>().Inside == 0));
        Assert.Contains(
            "route=\"/v1/ground\",status=\"408\"} 1\n",
            await service.Client.GetStringAsync("/metrics"),
            StringComparison.Ordinal
        );
        await service.AssertHealthyAsync();
    }

    [Fact]
    public async Task Upload_ThatStallsUntilTheDeadline_Is504()
    {
        await using TestService service = await TestService.StartAsync("Cxr:DeadlineSeconds", "1");

        string answer = await TrickleAsync(service, "/v1/ground", "multipart/form-data; boundary=b", "--b\r\nContent-").WaitAsync(Patience);

        Assert.StartsWith("HTTP/1.1 504 ", answer, StringComparison.Ordinal);
        await service.UntilAsync(() => Task.FromResult(service.Services.GetRequiredService<Admission>().Inside == 0));
    }

    [Fact]
    public async Task Answer_ThatIsReadLate_OccupiesNoWorkerAndIsWhole()
    {
        await using TestService service = await TestService.StartAsync("Cxr:MaxPixels", "4000000");
        using Socket socket = await AskForALargeAnswerAsync(service);

        // The worker is done, the answer waits for its reader, and others are answered.
        await service.AssertHealthyAsync();
        Assert.Equal(1, service.Services.GetRequiredService<Admission>().Inside);
        using StreamReader reader = new(new NetworkStream(socket), Encoding.Latin1);
        string answer = await reader.ReadToEndAsync().WaitAsync(Patience);

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n0\r\n\r\n", answer, StringComparison.Ordinal);
        await service.UntilAsync(() => Task.FromResult(service.Services.GetRequiredService<Admission>().Inside == 0));
    }

    [Fact]
    public async Task Answer_ThatIsNeverRead_IsGivenUpAtTheDeadline()
    {
        await using TestService service = await TestService.StartAsync("Cxr:MaxPixels", "4000000", "Cxr:DeadlineSeconds", "12");
        using Socket socket = await AskForALargeAnswerAsync(service);
        await service.AssertHealthyAsync();

        await service.UntilAsync(() => Task.FromResult(service.Services.GetRequiredService<Admission>().Inside == 0));

        // What follows is the rest in the buffers, then the end of the connection, not of the answer.
        byte[] buffer = new byte[1 << 16];
        List<byte> answer = [];
        try
        {
            for (int count; (count = await socket.ReceiveAsync(buffer).WaitAsync(Patience)) > 0; )
            {
                answer.AddRange(buffer[..count]);
            }
        }
        catch (SocketException)
        {
            // Reset.
        }

        Assert.False(Encoding.Latin1.GetString([.. answer]).EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal));
        await service.AssertHealthyAsync();
    }

    /// <summary>Announces a body, sends its beginning, then ten bytes a second at most, and returns what is answered.</summary>
    private static async Task<string> TrickleAsync(TestService service, string path, string contentType, string beginning)
    {
        using Socket socket = await ConnectAsync(service, 1 << 16);
        await socket.SendAsync(
            Encoding.ASCII.GetBytes(
                $"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {contentType}\r\nContent-Length: 500000\r\n\r\n{beginning}"
            )
        );
        using StreamReader reader = new(new NetworkStream(socket), Encoding.Latin1);
        Task<string> answer = reader.ReadToEndAsync();
        while (await Task.WhenAny(answer, Task.Delay(200)) != answer)
        {
            try
            {
                await socket.SendAsync("  "u8.ToArray());
            }
            catch (SocketException)
            {
                // Closed; its answer is there.
                break;
            }
        }

        return await answer;
    }

    /// <summary>Asks for an answer that is larger than every buffer on its way, and waits until it is being sent.</summary>
    private static async Task<Socket> AskForALargeAnswerAsync(TestService service)
    {
        using MultipartFormDataContent form = TestService.Form(
            Radiographs.Noise(1200, 1100),
            ("phrases", "edema\ncardiomegaly"),
            ("overlays", "true"),
            ("heatmaps", "image")
        );
        byte[] body = await form.ReadAsByteArrayAsync();
        Socket socket = await ConnectAsync(service, 4096);
        await socket.SendAsync(
            Encoding.ASCII.GetBytes(
                $"POST /v1/ground HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: "
                    + $"{form.Headers.ContentType}\r\nContent-Length: {body.Length}\r\n\r\n"
            )
        );
        for (int sent = 0; sent < body.Length; )
        {
            sent += await socket.SendAsync(body.AsMemory(sent));
        }

        Stopwatch watch = Stopwatch.StartNew();
        while (socket.Available == 0 && watch.Elapsed < Patience)
        {
            await Task.Delay(20);
        }

        Assert.NotEqual(0, socket.Available);
        return socket;
    }

    private static async Task<Socket> ConnectAsync(TestService service, int receiveBuffer)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            ReceiveBufferSize = receiveBuffer,
            NoDelay = true,
        };
        await socket.ConnectAsync(service.Address.Host, service.Address.Port);
        return socket;
    }
}
