using System.CommandLine;
using System.Globalization;
using CxrOnnx.CommandLine;
using CxrOnnx.Evaluation.Tables;

namespace CxrOnnx.Commands;

/// <summary><c>cxr tables</c>: several evaluations as one report, a table per data set.</summary>
public static class TablesCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Argument<string[]> evaluations = new("evaluation")
        {
            Description = "Folders of cxr evaluate, or their evaluation.json, in the order of the tables.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string> folder = new("--out")
        {
            Description = "Folder for tables.md and tables.html.",
            Required = true,
            HelpName = "DIR",
        };
        Command command = new("tables", "Join evaluations into one report: a table per data set, as papers have them.")
        {
            evaluations,
            folder,
        };
        command.SetAction(parsed =>
        {
            string target = parsed.GetRequiredValue(folder);
            IReadOnlyList<EvaluationDocument> documents = TablesRun.Execute(parsed.GetRequiredValue(evaluations), target);
            foreach ((int index, EvaluationDocument document) in documents.Index())
            {
                parsed.InvocationConfiguration.Output.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"table {index + 1}: {document.Dataset}, {document.Cases} phrases, {document.Systems.Count} systems"
                    )
                );
            }

            parsed.InvocationConfiguration.Output.WriteLine($"results in {target}: tables.md, tables.html");
            return ExitCodes.Done;
        });
        return command;
    }
}
