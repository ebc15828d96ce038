using System.Globalization;
using System.Text;
using System.Text.Json;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Lab.Curation;

/// <summary>
/// Precision and recall of a recogniser against known findings: of pathologies (is it there?), of whole findings (pathology and all its
/// locations) and of locations (a pathology at a place, counted at the place).
/// </summary>
internal sealed class RecogniserAccuracy
{
    private readonly Dictionary<(string Level, string Name), (int Hits, int Got, int Wanted)> _counts = [];
    private readonly List<RecogniserError> _errors = [];

    /// <summary>Reports compared.</summary>
    public int Reports { get; private set; }

    /// <summary>Every error, in the order of the reports.</summary>
    public IReadOnlyList<RecogniserError> Errors => _errors;

    /// <summary>Compares one report.</summary>
    /// <param name="report">What was read.</param>
    /// <param name="truth">What is there.</param>
    public void Add(CuratedReport report, IReadOnlyList<StandardPrompt> truth)
    {
        Reports++;
        foreach (Pathology pathology in Pathology.All)
        {
            StandardPrompt? wanted = truth.FirstOrDefault(item => item.Pathology == pathology);
            ReportFinding? got = report.Findings.FirstOrDefault(item => item.Pathology == pathology);
            if (wanted is null && got is null)
            {
                continue;
            }

            HashSet<Location> places = [.. wanted?.Locations ?? []],
                read = [.. got?.Locations ?? []];
            Count("pathology", pathology.Name, wanted is not null, got is not null, wanted is not null && got is not null);
            Count(
                "finding",
                pathology.Name,
                wanted is not null,
                got is not null,
                wanted is not null && got is not null && places.SetEquals(read)
            );
            foreach (Location location in places.Union(read))
            {
                Count(
                    "location",
                    location.Name,
                    places.Contains(location),
                    read.Contains(location),
                    places.Contains(location) && read.Contains(location)
                );
            }

            RecogniserError? error = (wanted, got) switch
            {
                (not null, null) => RecogniserError.Missed(report, wanted),
                (null, not null) => RecogniserError.Invented(report, got, truth),
                _ => RecogniserError.Misplaced(report, wanted!, got!),
            };
            if (error is not null)
            {
                _errors.Add(error);
            }
        }
    }

    /// <summary>Precision and recall over all names of a level (micro average), in [0,1]; NaN where nothing was read or there.</summary>
    /// <param name="level"><c>pathology</c>, <c>finding</c> or <c>location</c>.</param>
    public (double Precision, double Recall) Overall(string level)
    {
        (int Hits, int Got, int Wanted)[] counts = [.. _counts.Where(entry => entry.Key.Level == level).Select(entry => entry.Value)];
        double hits = counts.Sum(count => count.Hits);
        return (hits / counts.Sum(count => count.Got), hits / counts.Sum(count => count.Wanted));
    }

    /// <summary>Writes <c>level,name,known,read,right,precision,recall</c>.</summary>
    public void WriteCsv(string path)
    {
        StringBuilder csv = new("level,name,known,read,right,precision,recall\n");
        foreach ((string level, string name, (int hits, int got, int wanted)) in Rows())
        {
            csv.Append(CultureInfo.InvariantCulture, $"{level},{name},{wanted},{got},{hits},{Share(hits, got)},{Share(hits, wanted)}\n");
        }

        AtomicFile.WriteText(path, csv.ToString());
    }

    /// <summary>Writes one JSON object per error.</summary>
    public void WriteErrors(string path) =>
        AtomicFile.Write(
            path,
            stream =>
            {
                foreach (RecogniserError error in _errors)
                {
                    JsonSerializer.Serialize(stream, error, JsonSerializerOptions.Web);
                    stream.WriteByte((byte)'\n');
                }
            }
        );

    /// <summary>The tables and the error analysis as Markdown.</summary>
    /// <param name="examples">Examples of each kind of error.</param>
    public string ToMarkdown(int examples)
    {
        StringBuilder text = new(string.Create(CultureInfo.InvariantCulture, $"{Reports} reports, {_errors.Count} errors.\n"));
        foreach (string level in (ReadOnlySpan<string>)["pathology", "finding", "location"])
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"\n| {level} | known | read | right | precision | recall |\n| --- | ---: | ---: | ---: | ---: | ---: |\n"
            );
            foreach ((_, string name, (int hits, int got, int wanted)) in Rows().Where(row => row.Level == level))
            {
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"| {name} | {wanted} | {got} | {hits} | {Percent(hits, got)} | {Percent(hits, wanted)} |\n"
                );
            }

            (double precision, double recall) = Overall(level);
            text.Append(CultureInfo.InvariantCulture, $"| **all** | | | | **{100 * precision:0.0} %** | **{100 * recall:0.0} %** |\n");
        }

        text.Append("\n| kind of error | count | share of errors |\n| --- | ---: | ---: |\n");
        IGrouping<string, RecogniserError>[] kinds =
        [
            .. _errors
                .GroupBy(error => error.Kind)
                .OrderByDescending(group => group.Count())
                .ThenBy(group => group.Key, StringComparer.Ordinal),
        ];
        foreach (IGrouping<string, RecogniserError> kind in kinds)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {kind.Key} | {kind.Count()} | {Percent(kind.Count(), _errors.Count)} |\n");
        }

        foreach (IGrouping<string, RecogniserError> kind in kinds)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n**{char.ToUpperInvariant(kind.Key[0])}{kind.Key[1..]}**\n\n");
            foreach (RecogniserError error in kind.DistinctBy(error => string.Join(' ', error.Sentences)).Take(examples))
            {
                string known = error.Wanted.Length > 0 ? error.Wanted : "nothing",
                    read = error.Got.Length > 0 ? error.Got : "nothing";
                text.Append(CultureInfo.InvariantCulture, $"- \"{string.Join(". ", error.Sentences)}\" — known: {known}; read: {read}\n");
            }
        }

        return text.ToString();
    }

    private IEnumerable<(string Level, string Name, (int Hits, int Got, int Wanted) Counts)> Rows()
    {
        string[] pathologies = [.. Pathology.All.Select(item => item.Name)],
            locations = [.. Location.All.Select(item => item.Name)];
        foreach (
            (string level, string[] names) in ((string, string[])[])
                [("pathology", pathologies), ("finding", pathologies), ("location", locations)]
        )
        {
            foreach (string name in names)
            {
                if (_counts.TryGetValue((level, name), out (int, int, int) counts))
                {
                    yield return (level, name, counts);
                }
            }
        }
    }

    private void Count(string level, string name, bool wanted, bool got, bool hit)
    {
        (int hits, int read, int known) = _counts.GetValueOrDefault((level, name));
        _counts[(level, name)] = (hits + (hit ? 1 : 0), read + (got ? 1 : 0), known + (wanted ? 1 : 0));
    }

    private static string Share(int part, int whole) =>
        whole == 0 ? "" : ((double)part / whole).ToString("0.0000", CultureInfo.InvariantCulture);

    private static string Percent(int part, int whole) =>
        whole == 0 ? "-" : (100.0 * part / whole).ToString("0.0", CultureInfo.InvariantCulture) + " %";
}
