using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using CxrOnnx.Core;

namespace CxrOnnx.Workflows.DicomWeb;

/// <summary>
/// The part of DICOMweb (PS3.18) that a loop needs: QIDO-RS to find series and instances, WADO-RS to fetch a file or its attributes, STOW-RS
/// to store. Messages name no identifier and no patient.
/// </summary>
public sealed class DicomWebClient : IDisposable
{
    private const int PageSize = 200;
    private const int MostPages = 500;
    private const long LargestAnswer = 1L << 30;
    private const string Study = "0020000D";
    private const string Series = "0020000E";

    private readonly HttpClient _http;
    private readonly string _root;

    /// <summary>Prepares the client; opens no connection yet.</summary>
    /// <param name="root">Root of the service, such as <c>http://127.0.0.1:8042/dicom-web</c>.</param>
    /// <param name="credentials"><c>user:password</c> for basic authentication, or null.</param>
    /// <param name="timeout">Most time that one request may take.</param>
    /// <exception cref="InputException">The root is no http or https address.</exception>
    public DicomWebClient(string root, string? credentials, TimeSpan timeout)
    {
        if (!Uri.TryCreate(root, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
        {
            throw new InputException(
                $"`dicomweb` {Excerpt.Of(root)}: no http or https address; give the root of the archive's DICOMweb service, such as "
                    + "http://127.0.0.1:8042/dicom-web"
            );
        }

        _root = address.GetLeftPart(UriPartial.Path).TrimEnd('/');
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            Timeout = timeout,
            MaxResponseContentBufferSize = LargestAnswer,
        };
        if (credentials is not null)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Basic",
                Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))
            );
        }
    }

    /// <summary>The series of a modality.</summary>
    /// <param name="modality">Such as <c>CR</c>.</param>
    /// <param name="studyDate">A date or range as DICOM writes it (<c>20260101-</c>), or null for all.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="DicomWebException">The archive does not answer.</exception>
    public async Task<IReadOnlyList<DicomWebSeries>> FindSeries(string modality, string? studyDate, CancellationToken cancellationToken)
    {
        string date = studyDate is null ? "" : $"&StudyDate={studyDate}";
        JsonElement[] found = await Find($"series?Modality={modality}{date}", cancellationToken).ConfigureAwait(false);
        return
        [
            .. found.Select(one => new DicomWebSeries(DicomJson.Text(one, Study), DicomJson.Text(one, Series))).Where(one => one.IsWhole),
        ];
    }

    /// <summary>The series of a study that have a modality.</summary>
    /// <param name="study">Study Instance UID.</param>
    /// <param name="modality">Such as <c>SR</c>.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="DicomWebException">The archive does not answer.</exception>
    public async Task<IReadOnlyList<DicomWebSeries>> FindSeriesOf(string study, string modality, CancellationToken cancellationToken)
    {
        JsonElement[] found = await Find($"studies/{study}/series?Modality={modality}", cancellationToken).ConfigureAwait(false);
        return [.. found.Select(one => new DicomWebSeries(study, DicomJson.Text(one, Series))).Where(one => one.IsWhole)];
    }

    /// <summary>All attributes of the instances of a series but the large ones.</summary>
    internal async Task<JsonElement[]> Metadata(DicomWebSeries series, CancellationToken cancellationToken) =>
        await Json($"studies/{series.Study}/series/{series.Series}/metadata", cancellationToken).ConfigureAwait(false);

    /// <summary>The file of an instance.</summary>
    /// <param name="series">Its series.</param>
    /// <param name="instance">SOP Instance UID.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="DicomWebException">The archive does not give it.</exception>
    public async Task<byte[]> Fetch(DicomWebSeries series, string instance, CancellationToken cancellationToken)
    {
        string path = $"studies/{series.Study}/series/{series.Series}/instances/{instance}";
        using HttpRequestMessage request = new(HttpMethod.Get, $"{_root}/{path}");
        request.Headers.TryAddWithoutValidation("Accept", "multipart/related; type=\"application/dicom\"; transfer-syntax=*");
        using HttpResponseMessage response = await Send(request, "WADO-RS", cancellationToken).ConfigureAwait(false);
        byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        string? boundary = response
            .Content.Headers.ContentType?.Parameters.FirstOrDefault(parameter => parameter.Name == "boundary")
            ?.Value?.Trim('"');
        return (boundary is null ? null : MultipartRelated.FirstPart(body, boundary))
            ?? throw new DicomWebException($"{_root}: WADO-RS answered without a DICOM file in a multipart body");
    }

    /// <summary>Stores files of one study.</summary>
    /// <param name="study">Study Instance UID.</param>
    /// <param name="files">DICOM files.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="DicomWebException">The archive did not take all of them.</exception>
    public async Task Store(string study, IReadOnlyList<byte[]> files, CancellationToken cancellationToken)
    {
        string boundary = MultipartRelated.Boundary(files);
        using HttpRequestMessage request = new(HttpMethod.Post, $"{_root}/studies/{study}");
        request.Headers.TryAddWithoutValidation("Accept", "application/dicom+json");
        request.Content = new ByteArrayContent(MultipartRelated.Join(files, boundary));
        request.Content.Headers.TryAddWithoutValidation(
            "Content-Type",
            $"multipart/related; type=\"application/dicom\"; boundary={boundary}"
        );
        using HttpResponseMessage response = await Send(request, "STOW-RS", cancellationToken).ConfigureAwait(false);
        using JsonDocument answer = Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false), "STOW-RS");
        int failed = DicomJson.Items(answer.RootElement, "00081198").Count();
        int stored = DicomJson.Items(answer.RootElement, "00081199").Count();
        if (failed > 0 || stored < files.Count)
        {
            throw new DicomWebException($"{_root}: STOW-RS stored {stored} of {files.Count} objects; see the archive's log");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>All pages of a query. An archive that knows no offset repeats the first one, which ends the search.</summary>
    private async Task<JsonElement[]> Find(string query, CancellationToken cancellationToken)
    {
        List<JsonElement> all = [];
        string first = "";
        for (int page = 0; page < MostPages; page++)
        {
            char separator = query.Contains('?', StringComparison.Ordinal) ? '&' : '?';
            string path = FormattableString.Invariant($"{query}{separator}limit={PageSize}&offset={page * PageSize}");
            JsonElement[] found = await Json(path, cancellationToken).ConfigureAwait(false);
            string start = found.Length > 0 ? found[0].GetRawText() : "";
            if (found.Length == 0 || start == first)
            {
                break;
            }

            first = page == 0 ? start : first;
            all.AddRange(found);
            if (found.Length < PageSize)
            {
                break;
            }
        }

        return [.. all];
    }

    private async Task<JsonElement[]> Json(string path, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, $"{_root}/{path}");
        request.Headers.TryAddWithoutValidation("Accept", "application/dicom+json");
        using HttpResponseMessage response = await Send(request, "QIDO-RS", cancellationToken).ConfigureAwait(false);
        byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        if (body.Length == 0)
        {
            return [];
        }

        using JsonDocument document = Parse(body, "QIDO-RS");
        return document.RootElement.ValueKind == JsonValueKind.Array
            ? [.. document.RootElement.EnumerateArray().Select(one => one.Clone())]
            : throw new DicomWebException($"{_root}: QIDO-RS answered something else than a list");
    }

    private JsonDocument Parse(byte[] body, string service)
    {
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException exception)
        {
            throw new DicomWebException($"{_root}: {service} answered something that is no JSON; is it a DICOMweb service?", exception);
        }
    }

    private async Task<HttpResponseMessage> Send(HttpRequestMessage request, string service, CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException exception)
        {
            throw new DicomWebException($"{_root}: cannot be reached ({exception.HttpRequestError}); is the archive running?", exception);
        }
        catch (TaskCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DicomWebException($"{_root}: {service} did not answer within {_http.Timeout.TotalSeconds:0} s", exception);
        }

        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        int status = (int)response.StatusCode;
        response.Dispose();
        string advice = status is 401 or 403 ? "; give user and password with `auth-file`" : "";
        throw new DicomWebException($"{_root}: {service} answered {status}{advice}");
    }
}
