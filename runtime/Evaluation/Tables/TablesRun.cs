using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Evaluation.Tables;

/// <summary>Carries out <c>cxr tables</c>: joins evaluations into one report.</summary>
public static class TablesRun
{
    /// <summary>Reads the evaluations and writes <c>tables.md</c> and <c>tables.html</c>.</summary>
    /// <param name="paths">Files <c>evaluation.json</c>, or folders with one.</param>
    /// <param name="folder">Folder for the results.</param>
    /// <returns>The evaluations.</returns>
    /// <exception cref="InputException">None is given, or one cannot be read; nothing is written then.</exception>
    public static IReadOnlyList<EvaluationDocument> Execute(IReadOnlyList<string> paths, string folder)
    {
        if (paths.Count == 0)
        {
            throw new InputException("no evaluation; give the folders, or the evaluation.json, of cxr evaluate");
        }

        EvaluationDocument[] documents =
        [
            .. paths.Select(path => EvaluationDocument.Load(Directory.Exists(path) ? Path.Combine(path, "evaluation.json") : path)),
        ];
        JoinedTables tables = new(documents);
        (string Markdown, string Html) written = (tables.Markdown(), tables.Html());
        AtomicFile.WriteText(Path.Combine(folder, "tables.md"), written.Markdown);
        AtomicFile.WriteText(Path.Combine(folder, "tables.html"), written.Html);
        return documents;
    }
}
