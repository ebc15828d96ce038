using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using CxrOnnx.Core;

namespace CxrOnnx.Evaluation.Load;

/// <summary>Asks a running service and takes the time of its answers.</summary>
internal sealed class LoadClient : IDisposable
{
    private const string ProcessorMetric = "process_cpu_seconds_total ";

    private readonly HttpClient _http;
    private readonly string _preset;

    public LoadClient(LoadRequest request)
    {
        // A connection per client, as separate programs would have.
        _http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue, UseProxy = false })
        {
            BaseAddress = request.Service,
            Timeout = TimeSpan.FromMinutes(10),
        };
        if (request.ApiKey is { } key)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        _preset = request.Preset;
    }

    /// <summary>Checks that the service serves a bundle, and returns the model's name.</summary>
    /// <param name="bundleSha256">SHA-256 of the bundle's manifest.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InputException">It does not answer, or serves others.</exception>
    public async Task<string> FindModelAsync(string bundleSha256, CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage response = await _http.GetAsync("/v1/models/", cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                throw new InputException(
                    $"{_http.BaseAddress}v1/models/: answered {await ReasonAsync(response, cancellationToken)}; give a key in CXR_KEY "
                        + $"if it wants one"
                );
            }

            JsonElement models = (await JsonAsync(response, cancellationToken)).GetProperty("models");
            foreach (JsonElement model in models.EnumerateArray())
            {
                if (model.GetProperty("bundle_sha256").GetString() == bundleSha256)
                {
                    return model.GetProperty("name").GetString()!;
                }
            }

            throw new InputException(
                $"{_http.BaseAddress}: the service has no ready model of the bundle that was given with `bundle` (manifest "
                    + $"{bundleSha256[..16]}); start it with the same bundle and wait until /v2/health/ready answers 200"
            );
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or KeyNotFoundException)
        {
            throw new InputException(
                $"{_http.BaseAddress}: no such service: {exception.Message.TrimEnd('.')}; start one with 'cxr serve'",
                exception
            );
        }
    }

    /// <summary>Uploads an image and has its trajectory computed.</summary>
    public async Task<string> UploadAsync(byte[] image, string model, CancellationToken cancellationToken)
    {
        using MultipartFormDataContent form = new() { { new ByteArrayContent(image), "image", "image" } };
        using HttpResponseMessage uploaded = await _http.PostAsync("/v1/images", form, cancellationToken);
        if (!uploaded.IsSuccessStatusCode)
        {
            throw new InputException($"the service does not take the image: {await ReasonAsync(uploaded, cancellationToken)}");
        }

        string id = (await JsonAsync(uploaded, cancellationToken)).GetProperty("id").GetString()!;
        using HttpResponseMessage prepared = await _http.PostAsJsonAsync(
            $"/v1/images/{id}/prepare",
            new { model, preset = _preset },
            cancellationToken
        );
        return prepared.IsSuccessStatusCode
            ? id
            : throw new InputException($"the service does not prepare the image: {await ReasonAsync(prepared, cancellationToken)}");
    }

    /// <summary>Grounds one phrase with the image in the request.</summary>
    public Task<LoadResponse> GroundAsync(byte[] image, string phrase, string model, CancellationToken cancellationToken) =>
        AskAsync(
            () =>
                new HttpRequestMessage(HttpMethod.Post, "/v1/ground")
                {
                    Content = new MultipartFormDataContent
                    {
                        { new ByteArrayContent(image), "image", "image" },
                        { new StringContent(phrase), "phrases" },
                        { new StringContent(model), "model" },
                        { new StringContent(_preset), "preset" },
                    },
                },
            cancellationToken
        );

    /// <summary>Grounds one phrase on an uploaded image.</summary>
    public Task<LoadResponse> GroundStoredAsync(string id, string phrase, string model, CancellationToken cancellationToken) =>
        AskAsync(
            () =>
                new HttpRequestMessage(HttpMethod.Post, $"/v1/images/{id}/ground")
                {
                    Content = JsonContent.Create(
                        new
                        {
                            phrases = new[] { phrase },
                            model,
                            preset = _preset,
                        }
                    ),
                },
            cancellationToken
        );

    /// <summary>Processor time that the service has used, in seconds; null where its metrics do not tell.</summary>
    public async Task<double?> ProcessorSecondsAsync(CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await _http.GetAsync("/metrics", cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            return null;
        }

        string? line = (await response.Content.ReadAsStringAsync(cancellationToken))
            .Split('\n')
            .FirstOrDefault(text => text.StartsWith(ProcessorMetric, StringComparison.Ordinal));
        return line is null ? null : double.Parse(line[ProcessorMetric.Length..], CultureInfo.InvariantCulture);
    }

    public void Dispose() => _http.Dispose();

    private async Task<LoadResponse> AskAsync(Func<HttpRequestMessage> make, CancellationToken cancellationToken)
    {
        for (int refused = 0; ; refused++)
        {
            using HttpRequestMessage request = make();
            long start = Stopwatch.GetTimestamp();
            try
            {
                using HttpResponseMessage response = await _http.SendAsync(request, cancellationToken);
                byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
                TimeSpan duration = Stopwatch.GetElapsedTime(start);
                if (response.StatusCode == HttpStatusCode.OK)
                {
                    return LoadResponse.Of(body, duration, refused);
                }

                if (response.StatusCode != HttpStatusCode.TooManyRequests)
                {
                    return new LoadResponse(refused, await ReasonAsync(response, cancellationToken));
                }

                if (response.Headers.RetryAfter?.Delta is not { } delay)
                {
                    return new LoadResponse(refused, "429 without Retry-After");
                }

                await Task.Delay(delay, cancellationToken);
            }
            catch (HttpRequestException exception)
            {
                return new LoadResponse(refused, exception.Message);
            }
        }
    }

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage response, CancellationToken cancellationToken) =>
        await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);

    private static async Task<string> ReasonAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        string text = await response.Content.ReadAsStringAsync(cancellationToken);
        return $"{(int)response.StatusCode} {Excerpt.Of(text)}";
    }
}
