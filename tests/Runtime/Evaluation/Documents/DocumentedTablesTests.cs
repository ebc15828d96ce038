using CxrOnnx.Core.Metrics;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation.Documents;

/// <summary>The tables of the documentation say what the evaluation documents kept in docs/evaluations give.</summary>
[Trait("Category", "slow")]
public sealed class DocumentedTablesTests
{
    private const long MostBytes = 300_000;

    private static string Docs => Path.Combine(Fixtures.Repository, "docs");

    private static string Documents => Path.Combine(Docs, "evaluations");

    public static TheoryData<string> Pages =>
        [
            .. Directory
                .EnumerateFiles(Docs, "*.md", SearchOption.AllDirectories)
                .Where(path => DocumentedTable.In(path, path).Any())
                .Select(path => Path.GetRelativePath(Docs, path).Replace('\\', '/'))
                .Order(StringComparer.Ordinal),
        ];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Tables_OfAPage_SayWhatTheirDocumentsGive(string page)
    {
        Dictionary<string, EvaluationDocument> documents = [];
        List<string> wrong = [];
        int compared = 0;
        foreach (DocumentedTable table in DocumentedTable.In(Path.Combine(Docs, page), page))
        {
            Assert.NotEmpty(table.Rows);
            foreach ((string column, (string file, FigureText text)) in table.Columns)
            {
                if (!documents.TryGetValue(file, out EvaluationDocument? document))
                {
                    documents.Add(file, document = EvaluationDocument.Load(Path.Combine(Documents, file)));
                }

                foreach ((string name, IReadOnlyDictionary<string, string> cells) in table.Rows)
                {
                    string expected = text.Of(metric => document.Figure(name, metric));
                    compared++;
                    if (cells[column] != expected)
                    {
                        wrong.Add($"{table.Where}, row {name}, column {column}: \"{cells[column]}\", {file} gives \"{expected}\"");
                    }
                }
            }
        }

        Assert.True(compared > 0, $"{page}: no cell was compared");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>The theory above passes when there is nothing to compare; these tables must not lose their marks.</summary>
    [Theory]
    [InlineData("phantom-results.md", 2)]
    [InlineData("confidence.md", 2)]
    [InlineData("evaluation.md", 1)]
    public void Tables_OfThePagesWithDocuments_AreMarked(string page, int tables) =>
        Assert.True(DocumentedTable.In(Path.Combine(Docs, page), page).Count() >= tables);

    [Fact]
    public void Documents_Kept_AreSmall()
    {
        string[] large =
        [
            .. Directory
                .EnumerateFiles(Documents, "*", SearchOption.AllDirectories)
                .Where(path => new FileInfo(path).Length > MostBytes)
                .Select(path => $"{Path.GetRelativePath(Documents, path)}: {new FileInfo(path).Length} bytes"),
        ];

        Assert.True(large.Length == 0, $"more than {MostBytes} bytes: {string.Join(", ", large)}");
    }

    [Fact]
    public void FigureText_PlacesFormatsAndIntervals_AreFilledIn()
    {
        ConfidenceInterval Figure(string metric) => metric == "miou" ? new(0.4004, 0.388, 0.4126) : new(0.9049, 0.8, 1);

        Assert.Equal("40.0 [38.8, 41.3]", new FigureText("{miou 0.0 x100 ci}").Of(Figure));
        Assert.Equal("0.90 / 40", new FigureText("{auroc 0.00} / {miou 0 x100}").Of(Figure));
    }

    [Fact]
    public void DocumentedTable_WrongCell_IsFound()
    {
        using TemporaryFolder folder = new();
        string page = Path.Combine(folder.Path, "page.md");
        File.WriteAllText(
            page,
            "<!-- evaluation-table\nwithout: frozen\nrow tuned = tuned (fast)\nCNR = a.json {cnr 0.00}\n-->\n\n| system | CNR |\n"
                + "| --- | --- |\n| **tuned**: ours | **1.93** |\n| frozen, the same | 1.80 |\n"
        );

        DocumentedTable table = Assert.Single(DocumentedTable.In(page, "page.md"));
        (string name, IReadOnlyDictionary<string, string> cells) = Assert.Single(table.Rows);
        Assert.Equal("tuned (fast)", name);
        Assert.Equal("1.93", cells["CNR"]);
        Assert.Equal("1.94", table.Columns["CNR"].Text.Of(_ => new ConfidenceInterval(1.941, 1.9, 2)));

        File.WriteAllText(page, File.ReadAllText(page).Replace("CNR =", "mIoU =", StringComparison.Ordinal));
        Assert.Throws<FormatException>(() => DocumentedTable.In(page, "page.md").ToArray());
    }
}
