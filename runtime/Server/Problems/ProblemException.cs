namespace CxrOnnx.Server.Problems;

/// <summary>A request that cannot be answered as asked; becomes a problem document (RFC 9457).</summary>
internal sealed class ProblemException(int status, string kind, string title, string detail) : Exception(detail)
{
    /// <summary>HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>Last part of the problem's type, for programs.</summary>
    public string Kind { get; } = kind;

    /// <summary>What kind of problem it is, for people; the same for every occurrence.</summary>
    public string Title { get; } = title;

    /// <summary>When it makes sense to try again.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static ProblemException BadRequest(string kind, string detail) => new(400, kind, "The request cannot be understood", detail);

    public static ProblemException NotFound(string kind, string detail) => new(404, kind, "There is no such thing", detail);

    public static ProblemException Unusable(string kind, string detail) => new(422, kind, "The request's content cannot be used", detail);

    public static ProblemException TooLarge(string detail) => new(413, "too-large", "The request is too large", detail);

    public static ProblemException MediaType(string detail) => new(415, "media-type", "The content type is not supported", detail);

    public static ProblemException NotReady(string detail) =>
        new(503, "not-ready", "The service is not ready", detail) { RetryAfter = TimeSpan.FromSeconds(5) };
}
