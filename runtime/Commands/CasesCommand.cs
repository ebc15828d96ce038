using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using CxrOnnx.CommandLine;
using CxrOnnx.Evaluation.ThirdParties;

namespace CxrOnnx.Commands;

/// <summary><c>cxr cases</c>: what another system must be asked, so that <c>cxr evaluate</c> can score its answers.</summary>
public static class CasesCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        DatasetOptions dataset = new();
        Option<string?> images = new("--images")
        {
            Description = "Folder with the images: their paths go into the list.",
            HelpName = "DIR",
        };
        Option<string?> atlas = new("--atlas")
        {
            Description = "atlas.yaml for synthetic phrases; the evaluation must have the same (default: the built-in estimate).",
            HelpName = "FILE",
        };
        Option<string> folder = new("--out")
        {
            Description = "Folder for cases.csv.",
            Required = true,
            HelpName = "DIR",
        };
        Option<bool> json = CommonOptions.Json();
        Command command = new(
            "cases",
            "List what another system must be asked: a row per image and phrase, for BioViL, MAIRA-2 and others."
        )
        {
            images,
            atlas,
            folder,
            json,
        };
        dataset.AddTo(command);
        command.SetAction(parsed =>
        {
            CasesRequest request = new()
            {
                Source = dataset.Read(parsed),
                Images = parsed.GetValue(images),
                Atlas = parsed.GetValue(atlas),
                Folder = parsed.GetRequiredValue(folder),
            };
            (IReadOnlyList<CaseRow> rows, IReadOnlyList<string> notes) = new CasesRun(request).Execute();
            string path = Path.Combine(request.Folder, CasesRun.FileName);
            CommandOutput output = CommandOutput.Of(parsed, json);
            if (output.IsJson)
            {
                output.Document(Document(path, rows, notes));
                return ExitCodes.Done;
            }

            foreach (string note in notes)
            {
                output.Line(note);
            }

            output.Line(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path}: {rows.Count} phrases on {rows.Select(row => row.ImageId).Distinct().Count()} images"
                )
            );
            return ExitCodes.Done;
        });
        return command;
    }

    private static string Document(string path, IReadOnlyList<CaseRow> rows, IReadOnlyList<string> notes) =>
        JsonSerializer.Serialize(
            new
            {
                file = path,
                cases = rows.Count,
                images = rows.Select(row => row.ImageId).Distinct().Count(),
                notes,
            }
        );
}
