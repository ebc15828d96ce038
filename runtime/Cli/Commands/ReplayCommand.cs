using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CxrOnnx.Cli.Results;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding;

namespace CxrOnnx.Cli.Commands;

/// <summary><c>cxr replay</c>: computes a result again from its image and bundle, and compares.</summary>
public static class ReplayCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Argument<string> result = new("RESULT") { Description = "result.json of an earlier 'cxr ground'." };
        Option<double> tolerance = new("--tolerance")
        {
            Description = "Largest difference of a heatmap's pixel that passes (other processors and providers round differently).",
            DefaultValueFactory = _ => 1e-3,
            HelpName = "D",
        };
        Option<string?> bundle = new("--bundle") { Description = "The bundle, if it lies elsewhere now.", HelpName = "DIR" };
        Option<string?> provider = new("--provider") { Description = "What to run on (default: as the result was made).", HelpName = "NAME" };
        Option<bool> json = CommonOptions.Json();
        Command command = new("replay", "Compute a result again and compare: same image, same bundle, same heatmaps?") { result, tolerance, bundle, provider, json };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () => Run(
                parsed.GetRequiredValue(result),
                parsed.GetValue(tolerance),
                parsed.GetValue(bundle),
                parsed.GetValue(provider),
                CommandOutput.Of(parsed, json),
                cancellationToken),
            cancellationToken));
        return command;
    }

    private static int Run(string path, double tolerance, string? bundle, string? provider, CommandOutput output, CancellationToken cancellationToken)
    {
        GroundResult earlier = GroundResultFile.Read(path);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        GroundRequest request = new()
        {
            Image = Path.GetFullPath(Path.Combine(folder, earlier.Image.File)),
            Phrases = [.. earlier.Phrases.Select(phrase => phrase.Phrase)],
            Bundle = BundleLocator.Find(bundle ?? Path.GetFullPath(Path.Combine(folder, earlier.Bundle.Path))),
            Preset = earlier.Preset,
            Provider = provider ?? earlier.Provider.Used,
            Threshold = earlier.Threshold,
            MaxPixels = Math.Max(new GroundRequest { Image = "", Phrases = [], Bundle = "" }.MaxPixels, (long)earlier.Image.Width * earlier.Image.Height),
        };
        CheckIdentity(earlier, request);
        GroundRun run = output.WithProgress("grounding again", progress => GroundRun.Execute(request, progress, cancellationToken));
        List<(string Phrase, double Difference, bool SameBoxes)> rows =
            [.. run.Phrases.Select((grounding, i) => Compare(folder, earlier.Phrases[i], grounding))];
        bool passed = rows.All(row => row.Difference <= tolerance);
        if (output.IsJson)
        {
            JsonObject document = new()
            {
                ["passed"] = passed,
                ["tolerance"] = tolerance,
                ["same_trajectory"] = run.Phrases[0].Provenance.TrajectorySha256 == earlier.TrajectorySha256,
                ["phrases"] = new JsonArray([.. rows.Select(row => new JsonObject { ["phrase"] = row.Phrase, ["max_abs"] = row.Difference, ["same_boxes"] = row.SameBoxes })]),
            };
            output.Document(document.ToJsonString(Indented));
        }
        else
        {
            output.Table(
                ["phrase", "max-abs", "boxes", ""],
                [.. rows.Select(row => (IReadOnlyList<string>)[row.Phrase, row.Difference.ToString("G3", CultureInfo.InvariantCulture), row.SameBoxes ? "equal" : "differ", row.Difference <= tolerance ? "pass" : "FAIL"])]);
        }

        if (passed)
            return ExitCodes.Done;
        (string worst, double difference, _) = rows.MaxBy(row => row.Difference);
        output.Note(string.Create(CultureInfo.InvariantCulture, $"error: \"{worst}\" differs by {difference:G3} from the earlier heatmap, {tolerance:G3} is allowed"));
        return ExitCodes.CheckFailed;
    }

    private static void CheckIdentity(GroundResult earlier, GroundRequest request)
    {
        if (!File.Exists(request.Image))
            throw new InputException($"{request.Image}: the result's image is not there; put it back to replay");
        if (Sha256.OfFile(request.Image) is var image && image != earlier.Image.Sha256)
            throw new InputException($"{request.Image}: is another file now (SHA-256 {image}, the result says {earlier.Image.Sha256})");
        using Bundle bundle = Bundle.Open(request.Bundle, verifyChecksums: false);
        if (bundle.Manifest.Id != earlier.Bundle.Id)
            throw new InputException($"{request.Bundle}: is bundle {bundle.Manifest.Id}, the result was made with {earlier.Bundle.Id}; name that one with --bundle DIR");
    }

    private static (string Phrase, double Difference, bool SameBoxes) Compare(string folder, PhraseResult earlier, PhraseGrounding now)
    {
        string file = Path.Combine(folder, Path.GetFileName(earlier.Heatmap));
        (float[] before, int[] shape) = NpyFile.Read(file);
        if (shape is not [var height, var width] || height != now.Heatmap.Size.Height || width != now.Heatmap.Size.Width)
            throw new InputException($"{file}: shape [{string.Join(", ", shape)}], the image has {now.Heatmap.Size.Height} rows and {now.Heatmap.Size.Width} columns");
        double largest = 0;
        for (int i = 0; i < before.Length; i++)
        {
            float after = now.Heatmap.Values[i];
            if (float.IsNaN(before[i]) && float.IsNaN(after))
                continue;
            double difference = Math.Abs(before[i] - after);
            largest = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(largest, difference);
        }

        bool sameBoxes = earlier.Boxes.Count == now.Regions.Count
            && earlier.Boxes.Zip(now.Regions).All(pair => pair.First.SequenceEqual([pair.Second.Box.X, pair.Second.Box.Y, pair.Second.Box.Width, pair.Second.Box.Height]));
        return (earlier.Phrase, largest, sameBoxes);
    }
}
