using System.Text.Json;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Phantom;
using Xunit;

namespace CxrOnnx.Trainer.Tests.Phantom;

[Trait("Category", "quick")]
public sealed class PhantomReportTests
{
    private static readonly PhantomGenerator Generator = new(PhantomSettings.HospitalB with { Width = 32, Height = 32, Seed = 77 });

    [Fact]
    public void Write_EqualsTheReportOfTheDrawnSample()
    {
        PhantomSample sample = Generator.Generate(11);
        (string report, IReadOnlyList<ReportEntity> entities) = Generator.Write(11);
        Assert.Equal(sample.Report, report);
        Assert.Equal(sample.ReportEntities, entities);
    }

    [Fact]
    public void Write_ManyReports_AreTidyAndLabelled()
    {
        for (int i = 0; i < 400; i++)
        {
            (string report, IReadOnlyList<ReportEntity> entities) = Generator.Write(i);
            Assert.EndsWith("\n", report, StringComparison.Ordinal);
            Assert.DoesNotContain("  ", report, StringComparison.Ordinal);
            Assert.DoesNotContain(report, character => character is '[' or ']' or '|');
            Assert.All(
                entities,
                entity =>
                    Assert.True(
                        (entity.Start == 0 || !char.IsLetterOrDigit(report[entity.Start - 1]))
                            && !char.IsLetterOrDigit(report[entity.Start + entity.Length]),
                        report.Substring(entity.Start, entity.Length)
                    )
            );
            bool present = entities.Any(entity => entity.Kind is ReportEntityKind.Present or ReportEntityKind.Uncertain);
            Assert.Equal(Generator.Plan(i).Count > 0, present);
        }
    }

    [Fact]
    public void Write_ManyReports_AreVaried()
    {
        string[] sentences =
        [
            .. Enumerable
                .Range(0, 400)
                .SelectMany(i =>
                    Generator.Write(i).Report.Split('.', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                ),
        ];
        Assert.True(sentences.Distinct().Count() > 0.4 * sentences.Length, $"{sentences.Distinct().Count()} of {sentences.Length}");
        string all = string.Join('\n', sentences);
        Assert.All(
            [
                "without",
                "has resolved",
                "cannot be excluded",
                "not seen",
                "are absent",
                "Neither",
                "No significant change",
                "chest tube",
                "LLL",
                "while the",
                "greater than",
                "Blunting",
            ],
            words => Assert.Contains(words, all, StringComparison.Ordinal)
        );
    }

    // docs/curation.md holds the figures over thousands of reports; these bounds leave room for chance among 400.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Report_ReadByTheRecogniser_GivesTheDrawnFindings(bool fromRadGraph)
    {
        int right = 0,
            drawn = 0,
            read = 0;
        for (int i = 0; i < 400; i++)
        {
            HashSet<string> truth =
            [
                .. Generator.Plan(i).Select(finding => Key(finding.StandardPrompt.Pathology, finding.StandardPrompt.Locations)),
            ];
            (string report, IReadOnlyList<ReportEntity> entities) = Generator.Write(i);
            IReadOnlyList<ReportFinding> findings = fromRadGraph
                ? ReportParser.Findings(RadGraph(report, entities))
                : ReportParser.Findings(report);
            HashSet<string> got = [.. findings.Select(finding => Key(finding.Pathology, finding.Locations))];
            right += truth.Count(got.Contains);
            drawn += truth.Count;
            read += got.Count;
        }

        Assert.True(right > 0.92 * drawn, $"recall {right / (double)drawn:P1}");
        Assert.True(right > 0.92 * read, $"precision {right / (double)read:P1}");
    }

    [Fact]
    public void RadGraph_Sentence_HasTokensLabelsAndRelations()
    {
        (string report, IReadOnlyList<ReportEntity> entities) = ReportMarkup.Read(
            "FINDINGS: Small [A|left lower lobe] [P|pneumonia], no [N|effusion].\n"
        );
        using JsonDocument json = JsonDocument.Parse(Json(report, entities));
        JsonElement item = json.RootElement.GetProperty("x");
        Assert.Equal("FINDINGS : Small left lower lobe pneumonia , no effusion .", item.GetProperty("text").GetString());
        JsonElement labels = item.GetProperty("entities");
        Assert.Equal(
            [
                "left Anatomy::definitely present 3 modify 3",
                "lower Anatomy::definitely present 4 modify 3",
                "lobe Anatomy::definitely present 5  ",
                "pneumonia Observation::definitely present 6 located_at 3",
                "effusion Observation::definitely absent 9 located_at 3",
            ],
            labels
                .EnumerateObject()
                .Select(entity =>
                {
                    JsonElement[] relations = [.. entity.Value.GetProperty("relations").EnumerateArray()];
                    string relation = relations.Length == 0 ? " " : $"{relations[0][0]} {relations[0][1]}";
                    return $"{entity.Value.GetProperty("tokens")} {entity.Value.GetProperty("label")} "
                        + $"{entity.Value.GetProperty("start_ix")} {relation}";
                })
        );
    }

    private static RadGraphReport RadGraph(string report, IReadOnlyList<ReportEntity> entities) =>
        RadGraphReport.Parse(Json(report, entities), "phantom")[0];

    private static string Json(string report, IReadOnlyList<ReportEntity> entities)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            writer.WriteStartObject();
            PhantomRadGraph.Write(writer, "x", report, entities);
            writer.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    private static string Key(Pathology pathology, IEnumerable<Location> locations) =>
        pathology.Name + " at " + string.Join(", ", locations.Select(location => location.Name).Order());
}
