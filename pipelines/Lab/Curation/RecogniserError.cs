using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Lab.Curation;

/// <summary>One thing that the recogniser read otherwise than it was meant.</summary>
/// <param name="Kind">Kind of error, in words.</param>
/// <param name="Report">Identifier of the report.</param>
/// <param name="Wanted">The true finding, or empty.</param>
/// <param name="Got">The finding that was read, or empty.</param>
/// <param name="Sentences">
/// The sentences it was read from; where nothing was read, those that name the pathology, or else those in which no name was recognised.
/// </param>
internal sealed record RecogniserError(string Kind, string Report, string Wanted, string Got, IReadOnlyList<string> Sentences)
{
    /// <summary>A finding that is there and was not read.</summary>
    public static RecogniserError Missed(CuratedReport report, StandardPrompt wanted)
    {
        string[] denied =
        [
            .. report
                .Statements.Where(statement => statement.Pathology == wanted.Pathology)
                .Select(statement => statement.Sentence)
                .Distinct(),
        ];
        return denied.Length > 0
            ? new("present, read as denied or resolved", report.Key, wanted.Text, "", denied)
            : new(
                "present, its name not recognised",
                report.Key,
                wanted.Text,
                "",
                [.. report.Sentences.Except(report.Statements.Select(statement => statement.Sentence))]
            );
    }

    /// <summary>A finding that was read and is not there.</summary>
    public static RecogniserError Invented(CuratedReport report, ReportFinding got, IReadOnlyList<StandardPrompt> truth)
    {
        bool beside = report.Statements.Any(statement =>
            !statement.IsDenied
            && got.Sentences.Contains(statement.Sentence)
            && statement.Pathology != got.Pathology
            && truth.Any(item => item.Pathology == statement.Pathology)
        );
        return new(
            beside ? "a sign named beside the finding it stands for" : "absent, denied or past, read as present",
            report.Key,
            "",
            got.Prompt.Text,
            got.Sentences
        );
    }

    /// <summary>A finding that was read at other places; null if they are the same.</summary>
    public static RecogniserError? Misplaced(CuratedReport report, StandardPrompt wanted, ReportFinding got)
    {
        Location[] lost = [.. wanted.Locations.Except(got.Locations)],
            extra = [.. got.Locations.Except(wanted.Locations)];
        string? kind = (lost.Length, extra.Length) switch
        {
            (0, 0) => null,
            _ when Regions(wanted.Locations).SetEquals(Regions(got.Locations)) => "another name of the same place",
            (0, _) => "a place too many",
            (_, 0) => got.Locations.Count == 0 ? "no place read" : "a place too few",
            _ when lost.Any(a => extra.Any(b => a.Zone == b.Zone && (a.Side == Side.Bilateral || b.Side == Side.Bilateral))) =>
                "one side instead of both, or both instead of one",
            _ when lost.Any(a => extra.Any(b => a.Zone == b.Zone)) => "the other side",
            _ when lost.Any(a => extra.Any(b => a.Side == b.Side)) => "another zone of the side",
            _ => "another place",
        };
        return kind is null ? null : new(kind, report.Key, wanted.Text, got.Prompt.Text, got.Sentences);
    }

    private static HashSet<AnatomicalRegion> Regions(IEnumerable<Location> locations) =>
        [.. locations.SelectMany(AnatomicalRegionNames.RegionsOf)];
}
