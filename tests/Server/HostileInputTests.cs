using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace CxrOnnx.Server.Tests;

/// <summary>What an attacker or a broken client sends. Each is answered with the right 4xx, and the service is well afterwards.</summary>
[Trait("Category", "slow")]
public sealed class HostileInputTests : IAsyncLifetime
{
    private TestService _service = null!;

    private HttpClient Client => _service.Client;

    public async ValueTask InitializeAsync() =>
        _service = await TestService.StartAsync(
            "Cxr:MaxBodyBytes",
            "1000000",
            "Cxr:MaxPixels",
            "40000",
            "Cxr:MaxPhrases",
            "3",
            "Cxr:MaxPhraseCharacters",
            "50",
            "Cxr:MaxReportCharacters",
            "400"
        );

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    private async Task AssertRefusedAsync(HttpContent content, int status, string kind, string detail, string path = "/v1/ground")
    {
        using HttpResponseMessage response = await Client.PostAsync(path, content);
        string got = (await TestService.AssertProblemAsync(response, status, kind)).GetProperty("detail").GetString()!;
        Assert.Contains(detail, got, StringComparison.Ordinal);
        Assert.DoesNotContain("/tmp", got, StringComparison.Ordinal);
        await _service.AssertHealthyAsync();
    }

    /// <summary>A PNG that claims a size; its pixels would be decompressed to that.</summary>
    private static byte[] Bomb(int side)
    {
        byte[] png = [.. Radiographs.Png()];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), side);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), side);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), Crc(png.AsSpan(12, 17)));
        return png;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
            }
        }

        return ~crc;
    }

    /// <summary>A PNG whose compressed text chunk holds 256 MiB.</summary>
    private static byte[] TextBomb()
    {
        using MemoryStream text = new();
        text.Write("zTXtComment\0\0"u8);
        using (System.IO.Compression.ZLibStream deflated = new(text, System.IO.Compression.CompressionLevel.SmallestSize, leaveOpen: true))
        {
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 256; i++)
            {
                deflated.Write(zeros);
            }
        }

        byte[] body = text.ToArray();
        byte[] chunk = new byte[body.Length + 8];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(chunk, body.Length - 4);
        body.CopyTo(chunk, 4);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Crc(body));
        byte[] png = Radiographs.Png();
        return [.. png[..33], .. chunk, .. png[33..]];
    }

    [Fact]
    public async Task TextChunk_ThatIsABomb_TakesNoMemory()
    {
        byte[] bomb = TextBomb();
        Assert.InRange(bomb.Length, 100_000, 900_000);
        long before = Environment.WorkingSet;

        using HttpResponseMessage response = await Client.PostAsync("/v1/ground", TestService.Form(bomb, ("phrases", "edema")));

        Assert.True((int)response.StatusCode is 200 or 422, $"{response.StatusCode}");
        Assert.True(Environment.WorkingSet - before < 128 << 20, $"{Environment.WorkingSet - before} bytes more");
        await _service.AssertHealthyAsync();
    }

    [Fact]
    public async Task Images_ThatCannotBeUsed_Are422()
    {
        await AssertRefusedAsync(TestService.Form(Bomb(60_000), ("phrases", "edema")), 422, "unusable", "million pixels, the limit is");
        await AssertRefusedAsync(
            TestService.Form(Radiographs.Png()[..200], ("phrases", "edema")),
            422,
            "unusable",
            "damaged or truncated PNG"
        );
        await AssertRefusedAsync(
            TestService.Form("%PDF-1.7 not an image"u8.ToArray(), ("phrases", "edema")),
            422,
            "unusable",
            "a PDF document"
        );
        await AssertRefusedAsync(TestService.Form([], ("phrases", "edema")), 400, "form", "empty");
    }

    [Fact]
    public async Task Phrases_BeyondTheLimits_Are422()
    {
        byte[] png = Radiographs.Png();
        await AssertRefusedAsync(
            TestService.Form(png, ("phrases", string.Join('\n', Enumerable.Range(0, 100_000).Select(i => $"edema {i}"))[..1500])),
            422,
            "phrases",
            "at most 3 are accepted"
        );
        await AssertRefusedAsync(
            TestService.Form(png, ("phrases", string.Join('\n', Enumerable.Repeat("edema", 100_000)))),
            413,
            "too-large",
            "a part of the form"
        );
        await AssertRefusedAsync(TestService.Form(png, ("phrases", new string('a', 51))), 422, "phrases", "more than 50 characters");
        await AssertRefusedAsync(TestService.Form(png, ("report", new string('a', 401))), 422, "report", "more than 400 characters");
        await AssertRefusedAsync(TestService.Form(png, ("phrases", new string('a', 5000))), 413, "too-large", "a part of the form");
        await AssertRefusedAsync(TestService.Form(png, ("phrases", "zebra")), 422, "unusable", "knows none of its words");
        await AssertRefusedAsync(TestService.Form(png), 422, "no-phrase", "give phrases");
        await AssertRefusedAsync(
            TestService.Form(png, ("report", "Kein Pneumothorax, kleiner Pleuraerguss links.")),
            422,
            "unusable",
            "only English reports are read"
        );
    }

    [Fact]
    public async Task Forms_ThatAreWrong_Are400()
    {
        byte[] png = Radiographs.Png();
        await AssertRefusedAsync(TestService.Form(null, ("phrases", "edema")), 400, "form", "no part 'image'");
        await AssertRefusedAsync(TestService.Form(png, ("phrases", "edema"), ("nonsense", "1")), 400, "form", "is not known");
        await AssertRefusedAsync(TestService.Form(png, ("phrases", "edema"), ("threshold", "x")), 400, "form", "is not a number");
        await AssertRefusedAsync(TestService.Form(png, ("phrases", "edema"), ("threshold", "NaN")), 400, "threshold", "between 0 and 1");
        await AssertRefusedAsync(TestService.Form(png, ("phrases", "edema"), ("preset", "a"), ("preset", "b")), 400, "form", "twice");
        await AssertRefusedAsync(TestService.Form(png, ("phrases", "edema"), ("preset", "../../etc")), 422, "unusable", "preset");
        await AssertRefusedAsync(TestService.Form(png, ("phrases", "edema"), ("model", "../tiny")), 404, "model-unknown", "there are tiny");
        await AssertRefusedAsync(TestService.Form(png, ("phrases", "edema"), ("deadline_seconds", "0")), 400, "deadline", "greater than 0");
        await AssertRefusedAsync(
            TestService.Form(png, [.. Enumerable.Repeat(("phrases", "edema"), 300)]),
            400,
            "form",
            "more than 256 parts"
        );
        MultipartFormDataContent latin = TestService.Form(png);
        latin.Add(new ByteArrayContent([0xFF, 0xFE, 0x41]), "phrases");
        await AssertRefusedAsync(latin, 400, "utf-8", "not valid UTF-8");
    }

    [Fact]
    public async Task Multipart_ThatIsBroken_Is400Or415()
    {
        ByteArrayContent Body(string text, string type)
        {
            ByteArrayContent content = new(Encoding.UTF8.GetBytes(text));
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            return content;
        }

        await AssertRefusedAsync(
            Body("--b\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\nabc", "multipart/form-data; boundary=b"),
            400,
            "form",
            "broken"
        );
        await AssertRefusedAsync(
            Body(
                "--b\r\nContent-Disposition: form-data; name=\"image\"\r\n"
                    + string.Concat(Enumerable.Range(0, 2000).Select(i => $"X-{i}: y\r\n")),
                "multipart/form-data; boundary=b"
            ),
            400,
            "form",
            "broken"
        );
        await AssertRefusedAsync(Body("nothing", "multipart/form-data"), 400, "form", "no usable boundary");
        await AssertRefusedAsync(
            Body("nothing", $"multipart/form-data; boundary={new string('b', 500)}"),
            400,
            "form",
            "no usable boundary"
        );
        await AssertRefusedAsync(Body("{}", "application/json"), 415, "media-type", "does not take this content type");
        HttpContent compressed = TestService.Form(Radiographs.Png(), ("phrases", "edema"));
        compressed.Headers.ContentEncoding.Add("gzip");
        await AssertRefusedAsync(compressed, 415, "media-type", "compressed");
    }

    [Fact]
    public async Task Json_ThatIsWrong_Is400()
    {
        string id = (await TestService.JsonAsync(await Client.PostAsync("/v1/images", TestService.Form(Radiographs.Png()))))
            .GetProperty("id")
            .GetString()!;
        HttpContent Json(byte[] bytes)
        {
            ByteArrayContent content = new(bytes);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            return content;
        }

        string path = $"/v1/images/{id}/ground";
        await AssertRefusedAsync(Json("{\"phrases\": [\"edema\""u8.ToArray()), 400, "json", "not the JSON that was expected", path);
        await AssertRefusedAsync(Json("{\"phrases\": \"edema\"}"u8.ToArray()), 400, "json", "$.phrases", path);
        await AssertRefusedAsync(Json("{\"phrases\": [\"edema\"], \"colour\": 1}"u8.ToArray()), 400, "json", "not known", path);
        await AssertRefusedAsync(Json("{\"phrases\": [\"edema\"], \"phrases\": []}"u8.ToArray()), 400, "json", "JSON", path);
        await AssertRefusedAsync(Json([.. "{\"phrases\": [\""u8, 0xC3, 0x28, .. "\"]}"u8]), 400, "json", "JSON", path);
        await AssertRefusedAsync(Json(Encoding.UTF8.GetBytes(new string('[', 10_000))), 400, "json", "JSON", path);
        await AssertRefusedAsync(
            Json(Encoding.UTF8.GetBytes($"{{\"phrases\": [{string.Join(',', Enumerable.Repeat("\"edema\"", 100_000))}]}}")),
            422,
            "phrases",
            "100000 phrases; at most 3",
            path
        );
        await AssertRefusedAsync(Json("{\"phrases\": [null]}"u8.ToArray()), 422, "phrases", "characters", path);
        await AssertRefusedAsync(
            Json("{\"phrases\": [\"edema\"]}"u8.ToArray()),
            404,
            "image-unknown",
            "upload it again",
            "/v1/images/..%2F..%2Fetc%2Fpasswd/ground"
        );
    }

    [Fact]
    public async Task Paths_WithTricks_Are404()
    {
        foreach (
            string path in (string[])
                [
                    "/../../etc/passwd",
                    "/v1/samples/..%2f..%2fetc%2fpasswd",
                    "/v2/models/..%2F..%2Fetc",
                    "/%2e%2e/bundle.json",
                    "/wwwroot/app.js",
                    "/v1/models/tiny%00",
                    "/v2/models/tiny/versions/..%2f1",
                ]
        )
        {
            using HttpResponseMessage response = await Client.GetAsync(path);
            Assert.True(response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest, $"{path}: {response.StatusCode}");
        }

        using HttpResponseMessage method = await Client.DeleteAsync("/v1/ground");
        await TestService.AssertProblemAsync(method, 405, "method");
        await _service.AssertHealthyAsync();
    }

    [Fact]
    public async Task Names_WithTricks_NameNothing()
    {
        string folder = Directory.GetCurrentDirectory();
        string[] before = Directory.GetFileSystemEntries(folder);
        foreach (
            string name in (string[])
                [
                    "../../../etc/passwd",
                    "..\\..\\win.ini",
                    "/etc/passwd",
                    "C:\\x.png",
                    "a\u0000.png",
                    "\"; name=\"phrases",
                    new string('n', 4000),
                ]
        )
        {
            MultipartFormDataContent form = TestService.Form(null, ("phrases", "edema"));
            ByteArrayContent part = new(Radiographs.Png());
            part.Headers.TryAddWithoutValidation(
                "Content-Disposition",
                $"form-data; name=\"image\"; "
                    + $"filename=\"{name.Replace("\0", "%00", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\""
            );
            form.Add(part);
            using HttpResponseMessage response = await Client.PostAsync("/v1/ground", form);
            string answer = await response.Content.ReadAsStringAsync();
            Assert.True(response.IsSuccessStatusCode, answer);
            Assert.DoesNotContain("passwd", answer, StringComparison.Ordinal);
        }

        Assert.Equal(before, Directory.GetFileSystemEntries(folder));
        await AssertRefusedAsync(TestService.Form(Radiographs.Png(), ("../phrases", "edema")), 400, "form", "is not known");
    }

    [Fact]
    public async Task Body_OfTwoGigabytes_Is413WithoutBeingRead()
    {
        string answer = await RawAsync(
            "POST /v1/ground HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: "
                + "2147483648\r\n\r\n--b\r\n"
        );
        Assert.StartsWith("HTTP/1.1 413", answer, StringComparison.Ordinal);
        Assert.Contains("too-large", answer, StringComparison.Ordinal);

        string chunked = await RawAsync(
            "POST /v1/ground HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: "
                + "chunked\r\n\r\n"
                + $"1E8480\r\n--b\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\n{new string('x', 2_000_000)}"
        );
        Assert.StartsWith("HTTP/1.1 413", chunked, StringComparison.Ordinal);
        await _service.AssertHealthyAsync();
    }

    private async Task<string> RawAsync(string request)
    {
        using TcpClient tcp = new();
        await tcp.ConnectAsync(_service.Address.Host, _service.Address.Port);
        NetworkStream stream = tcp.GetStream();
        try
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        }
        catch (IOException)
        {
            // The service may close the connection before it has everything; its answer can still be read.
        }

        using StreamReader reader = new(stream);
        char[] buffer = new char[2000];
        int count = await reader.ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        return new string(buffer, 0, count);
    }
}
