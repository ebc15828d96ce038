using System.Globalization;
using System.Text;
using CxrOnnx.Server.Configuration;
using CxrOnnx.Server.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using ContentDisposition = Microsoft.Net.Http.Headers.ContentDispositionHeaderValue;
using MediaType = Microsoft.Net.Http.Headers.MediaTypeHeaderValue;

namespace CxrOnnx.Server.Http;

/// <summary>
/// Reads <c>multipart/form-data</c> into memory, never to disk: a file <c>image</c>, which <c>frame</c> of it where it has several, and the
/// fields of <see cref="GroundParameters"/>. File
/// names are not looked at.
/// </summary>
internal static class GroundForm
{
    private const int MaxBoundary = 70;
    private const int MaxSections = 256;
    private const int MaxHeaderBytes = 8192;
    private const int MaxHeaders = 16;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>Reads the form.</summary>
    /// <exception cref="ProblemException">400, 413 or 415: what is wrong with it.</exception>
    public static async Task<(byte[] Image, int? Frame, GroundParameters Parameters)> ReadAsync(
        HttpRequest request,
        ServiceOptions options,
        CancellationToken cancellationToken
    )
    {
        MultipartReader reader = new(Boundary(request), request.Body)
        {
            HeadersCountLimit = MaxHeaders,
            HeadersLengthLimit = MaxHeaderBytes,
        };
        byte[]? image = null;
        FieldReader fields = new();
        try
        {
            int sections = 0;
            while (await reader.ReadNextSectionAsync(cancellationToken) is { } section)
            {
                if (++sections > MaxSections)
                {
                    throw ProblemException.BadRequest("form", $"the form has more than {MaxSections} parts");
                }

                string name = Name(section);
                if (name == "image")
                {
                    if (image is not null)
                    {
                        throw ProblemException.BadRequest("form", "the form has two parts 'image'");
                    }

                    image = await ContentAsync(section, options.MaxBodyBytes, cancellationToken);
                }
                else
                {
                    fields.Add(name, Text(name, await ContentAsync(section, (4L * options.MaxReportCharacters) + 1024, cancellationToken)));
                }
            }
        }
        catch (Exception exception) when (exception is InvalidDataException || (exception is IOException and not BadHttpRequestException))
        {
            throw ProblemException.BadRequest(
                "form",
                "the multipart body is broken: a part does not end with the boundary, or its headers are too long"
            );
        }

        if (image is null)
        {
            throw ProblemException.BadRequest("form", "the form has no part 'image' with the radiograph");
        }

        return image.Length == 0
            ? throw ProblemException.BadRequest("form", "the part 'image' is empty")
            : (image, fields.Frame, fields.Parameters);
    }

    private static string Boundary(HttpRequest request)
    {
        if (
            !MediaType.TryParse(request.ContentType, out MediaType? type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
        )
        {
            throw ProblemException.MediaType("send multipart/form-data with a part 'image'");
        }

        JsonBody.RefuseEncoding(request);
        string boundary = Microsoft.Net.Http.Headers.HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
        return boundary.Length is > 0 and <= MaxBoundary
            ? boundary
            : throw ProblemException.BadRequest("form", "the content type has no usable boundary");
    }

    private static string Name(MultipartSection section)
    {
        if (
            !ContentDisposition.TryParse(section.ContentDisposition, out ContentDisposition? disposition)
            || !disposition.DispositionType.Equals("form-data")
        )
        {
            throw ProblemException.BadRequest("form", "a part has no Content-Disposition: form-data");
        }

        StringSegment name = Microsoft.Net.Http.Headers.HeaderUtilities.RemoveQuotes(disposition.Name);
        return name.ToString();
    }

    private static async Task<byte[]> ContentAsync(MultipartSection section, long limit, CancellationToken cancellationToken)
    {
        using MemoryStream content = new();
        byte[] buffer = new byte[1 << 16];
        int count;
        while ((count = await section.Body.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (content.Length + count > limit)
            {
                throw ProblemException.TooLarge($"a part of the form has more than {limit} bytes");
            }

            content.Write(buffer, 0, count);
        }

        return content.ToArray();
    }

    private static string Text(string name, byte[] bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw ProblemException.BadRequest("utf-8", $"the field {Known(name)} is not valid UTF-8");
        }
    }

    private static string Known(string name) => FieldReader.Names.Contains(name) ? $"'{name}'" : "of the form";

    /// <summary>Collects the fields; each but <c>phrases</c> may be there once.</summary>
    private sealed class FieldReader
    {
        public static readonly string[] Names =
        [
            "phrases",
            "verbatim",
            "report",
            "model",
            "preset",
            "threshold",
            "per_token",
            "confidence",
            "heatmaps",
            "overlays",
            "overlay",
            "deadline_seconds",
            "frame",
        ];

        private readonly Dictionary<string, string> _single = [];
        private readonly List<string> _phrases = [];

        public GroundParameters Parameters =>
            new()
            {
                Phrases = _phrases,
                Verbatim = Flag("verbatim"),
                Report = _single.GetValueOrDefault("report"),
                Model = _single.GetValueOrDefault("model"),
                Preset = _single.GetValueOrDefault("preset", "exact"),
                Threshold = Number("threshold") ?? 0.5,
                PerToken = Flag("per_token"),
                Confidence = Flag("confidence", "true"),
                Heatmaps = _single.GetValueOrDefault("heatmaps", "none"),
                Overlays = Flag("overlays"),
                Overlay = _single.GetValueOrDefault("overlay", "heat"),
                DeadlineSeconds = Number("deadline_seconds"),
            };

        /// <summary>Which frame or page of the file, from 1.</summary>
        public int? Frame =>
            !_single.TryGetValue("frame", out string? text) || text.Length == 0 ? null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int frame) && frame > 0 ? frame
            : throw ProblemException.BadRequest("form", "the field 'frame' is not a whole number from 1");

        public void Add(string name, string value)
        {
            if (name == "phrases")
            {
                _phrases.AddRange(value.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
            }
            else if (!Names.Contains(name))
            {
                throw ProblemException.BadRequest("form", $"a field of the form is not known; there are image, {string.Join(", ", Names)}");
            }
            else if (!_single.TryAdd(name, value))
            {
                throw ProblemException.BadRequest("form", $"the field '{name}' is there twice");
            }
        }

        private double? Number(string name)
        {
            if (!_single.TryGetValue(name, out string? text))
            {
                return null;
            }

            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                ? value
                : throw ProblemException.BadRequest("form", $"the field '{name}' is not a number");
        }

        private bool Flag(string name, string absent = "false") =>
            _single.GetValueOrDefault(name, absent) switch
            {
                "true" or "1" or "on" => true,
                "false" or "0" or "" => false,
                _ => throw ProblemException.BadRequest("form", $"the field '{name}' is neither true nor false"),
            };
    }
}
