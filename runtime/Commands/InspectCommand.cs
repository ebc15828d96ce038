using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CxrOnnx.CommandLine;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Workflows;

namespace CxrOnnx.Commands;

/// <summary><c>cxr inspect</c>: shows what a bundle holds and whether its files are unchanged.</summary>
public static class InspectCommand
{
    private const int LearnedTokensShown = 60;
    private const int FilesNamed = 5;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Argument<string?> bundle = new("BUNDLE")
        {
            Description = "Bundle folder or .cxrb file (default: the shipped one).",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<bool> words = new("--vocabulary")
        {
            Description = "Show what the bundle understands instead: pathologies, places, standard prompts, token ids.",
        };
        Option<bool> json = CommonOptions.Json();
        Command command = new("inspect", "Show a bundle: manifest, graphs with inputs and outputs, sizes, checksums, learned tokens.")
        {
            bundle,
            words,
            json,
        };
        command.SetAction(parsed =>
        {
            string path = BundleLocator.Find(parsed.GetValue(bundle));
            CommandOutput output = CommandOutput.Of(parsed, json);
            return parsed.GetValue(words) ? VocabularyTable.Run(path, output) : Run(path, output);
        });
        return command;
    }

    private static int Run(string path, CommandOutput output)
    {
        using Bundle bundle = Bundle.Open(path, verifyChecksums: false);
        List<(BundleFile File, bool Unchanged)> files =
        [
            .. bundle.Manifest.Files.Select(file =>
                (file, string.Equals(Sha256.OfFile(bundle.PathOf(file.Path)), file.Sha256, StringComparison.OrdinalIgnoreCase))
            ),
        ];
        bool unchanged = files.All(file => file.Unchanged);
        if (output.IsJson)
        {
            JsonObject document = new()
            {
                ["unchanged"] = unchanged,
                ["changed_files"] = new JsonArray([
                    .. files.Where(file => !file.Unchanged).Select(file => JsonValue.Create(file.File.Path)),
                ]),
                ["manifest"] = JsonNode.Parse(File.ReadAllText(Path.Combine(bundle.Folder, BundleManifestFile.FileName))),
            };
            output.Document(document.ToJsonString(Indented));
        }
        else
        {
            Show(bundle, files, output);
        }

        if (unchanged)
        {
            return ExitCodes.Done;
        }

        string[] changed = [.. files.Where(file => !file.Unchanged).Select(file => file.File.Path)];
        output.Error(
            $"{path}: changed since it was written: "
                + $"{string.Join(", ", changed.Take(FilesNamed))}"
                + $"{(changed.Length > FilesNamed ? $" and {changed.Length - FilesNamed} more" : "")}; copy or export the bundle "
                + $"again"
        );
        return ExitCodes.WrongInput;
    }

    private static void Show(Bundle bundle, List<(BundleFile File, bool Unchanged)> files, CommandOutput output)
    {
        BundleManifest manifest = bundle.Manifest;
        BundleVocabulary vocabulary = manifest.Vocabulary;
        string words = vocabulary.Kind switch
        {
            "closed" => $"closed, {vocabulary.TokenIds.Count} token ids",
            "none" => "none (no tokenizer: can be verified, cannot take text)",
            _ => vocabulary.Kind,
        };
        output.Table(
            ["bundle", manifest.Model.Name],
            [
                ["id", manifest.Id],
                ["created by", manifest.CreatedBy],
                ["schema version", Number(manifest.SchemaVersion)],
                ["precision", manifest.Precision],
                [
                    "image",
                    $"{manifest.Preprocessing.Size} x {manifest.Preprocessing.Size}, "
                        + $"{manifest.Preprocessing.Resize}{(manifest.Preprocessing.Antialias ? " with antialias" : ", no antialias")}, "
                        + $"{manifest.Preprocessing.Crop} crop",
                ],
                [
                    "schedule",
                    $"{manifest.Schedule.Timesteps.Count} steps, {manifest.Schedule.Spacing} spacing, "
                        + $"{manifest.Model.Scheduler.PredictionType}",
                ],
                ["attention layers", string.Join(", ", manifest.Model.Grounding.Layers)],
                ["vocabulary", words],
                ["learned tokens", Learned(vocabulary.LearnedTokens)],
                ["confidence", Confidence(bundle)],
                ["stored phrases", StoredPhrases(bundle)],
            ]
        );
        output.Line();
        output.Table(
            ["preset", "steps", "stride", "trajectory", ""],
            [
                .. manifest.Presets.Select(preset =>
                    (IReadOnlyList<string>)
                        [
                            preset.Key,
                            $"{preset.Value.StepRange[0]} to {preset.Value.StepRange[1] - 1}",
                            Number(preset.Value.StepStride),
                            Trajectory(preset.Value),
                            preset.Value.Description,
                        ]
                ),
            ]
        );
        output.Line();
        output.Table(
            ["graph", "inputs", "outputs"],
            [
                .. manifest.Graphs.Select(graph =>
                    (IReadOnlyList<string>)[graph.Value.File, Tensors(graph.Value.Inputs), Tensors(graph.Value.Outputs)]
                ),
            ]
        );
        output.Line();
        output.Table(
            ["file", "bytes", "sha256", "state"],
            [
                .. files.Select(file =>
                    (IReadOnlyList<string>)
                        [
                            file.File.Path,
                            file.File.Size.ToString("N0", CultureInfo.InvariantCulture),
                            file.File.Sha256,
                            file.Unchanged ? "unchanged" : "CHANGED",
                        ]
                ),
            ]
        );
        if (manifest.Provenance.Count == 0)
        {
            return;
        }

        output.Line();
        output.Table(["provenance", ""], [.. manifest.Provenance.Select(entry => (IReadOnlyList<string>)[entry.Key, entry.Value])]);
    }

    /// <summary>A damaged calibration is said, not thrown: inspecting is for bundles that something is wrong with.</summary>
    private static string Confidence(Bundle bundle)
    {
        try
        {
            return ConfidenceCalibration.Of(bundle) is { } calibration
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"calibrated on {calibration.Data.Images} images, {2 * calibration.Probe.Samples} U-Net evaluations for one phrase: "
                        + $"{string.Join(", ", calibration.Model.Figures.Select(Auroc))}"
                )
                : "not calibrated: cannot tell which phrases an image supports";
        }
        catch (ArtifactException exception)
        {
            return $"unusable: {exception.Message}";
        }
    }

    private static string StoredPhrases(Bundle bundle)
    {
        if (!bundle.Contains(StoredPhraseFile.FileName))
        {
            return "none: text states are computed";
        }

        try
        {
            using StoredPhraseFile file = StoredPhraseFile.Of(bundle)!;
            return $"{Number(file.Phrases.Count)}, which need neither tokenizer nor text encoder";
        }
        catch (ArtifactException exception)
        {
            return $"unusable: {exception.Message}";
        }
    }

    private static string Learned(IReadOnlyList<BundleToken> tokens) =>
        tokens.Count == 0
            ? "none"
            : $"{tokens.Count}: {string.Join(' ', tokens.Take(LearnedTokensShown).Select(token => token.Token))}"
                + $"{(tokens.Count > LearnedTokensShown ? " ..." : "")}";

    private static string Trajectory(BundlePreset preset) =>
        preset.Trajectory
        + (preset.Evaluations is { } evaluations ? FormattableString.Invariant($", {evaluations} evaluations") : "")
        + (preset.Seed is { } seed ? FormattableString.Invariant($", seed {seed}") : "");

    private static string Tensors(IReadOnlyList<BundleTensor> tensors) =>
        string.Join(", ", tensors.Select(tensor => $"{tensor.Name} {tensor.DataType} [{string.Join(", ", tensor.Shape)}]"));

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Auroc(ConfidenceFigures figures) =>
        string.Create(CultureInfo.InvariantCulture, $"{figures.Name} AUROC {figures.Auroc.Value:0.000}");
}
