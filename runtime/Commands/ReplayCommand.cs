using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CxrOnnx.CommandLine;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Imaging.Raster;
using CxrOnnx.Workflows;
using CxrOnnx.Workflows.Ground;
using CxrOnnx.Workflows.Results;

namespace CxrOnnx.Commands;

/// <summary><c>cxr replay</c>: computes a result again from its image and bundle, and compares.</summary>
public static class ReplayCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Argument<string> result = new("RESULT")
        {
            Description = "result.json of an earlier 'cxr ground', or a saved answer of the service.",
        };
        Option<string?> image = new("--image")
        {
            Description = "The radiograph, if it lies elsewhere now (an answer of the service does not say where).",
            HelpName = "FILE",
        };
        Option<double> tolerance = new("--tolerance")
        {
            Description = "Largest difference of a heatmap's pixel that passes (other processors and providers round differently).",
            DefaultValueFactory = _ => 1e-3,
            HelpName = "D",
        };
        Option<string?> bundle = new("--bundle") { Description = "The bundle, if it lies elsewhere now.", HelpName = "DIR" };
        Option<string?> provider = new("--provider")
        {
            Description = "What to run on (default: as the result was made).",
            HelpName = "NAME",
        };
        Option<bool> json = CommonOptions.Json();
        Command command = new("replay", "Compute a result again and compare: same image, same bundle, same heatmaps?")
        {
            result,
            image,
            tolerance,
            bundle,
            provider,
            json,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.Run(
                    () =>
                        Run(
                            parsed.GetRequiredValue(result),
                            parsed.GetValue(image),
                            parsed.GetValue(tolerance),
                            parsed.GetValue(bundle),
                            parsed.GetValue(provider),
                            CommandOutput.Of(parsed, json),
                            cancellationToken
                        ),
                    cancellationToken
                )
        );
        return command;
    }

    private static int Run(
        string path,
        string? image,
        double tolerance,
        string? bundle,
        string? provider,
        CommandOutput output,
        CancellationToken cancellationToken
    )
    {
        GroundResult earlier = GroundResultFile.Read(path);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        PhraseResult[] grounded = [.. earlier.Phrases.Where(phrase => phrase.Denied != true)];
        if (grounded.Length == 0)
        {
            throw new InputException(
                $"{path}: holds no phrase that was grounded, as for a normal report; there is nothing to compute again"
            );
        }

        // Several phrases may have been grounded as the same text.
        string[] texts = [.. grounded.Select(phrase => phrase.Grounded ?? phrase.Phrase).Distinct()];

        GroundRequest request = new()
        {
            Image =
                image
                ?? Path.GetFullPath(
                    Path.Combine(
                        folder,
                        earlier.Image.File
                            ?? throw new InputException(
                                $"{path}: an answer of the service, which keeps no file names; give the radiograph with --image FILE"
                            )
                    )
                ),
            Phrases = texts,
            Verbatim = true,
            Bundle = BundleLocator.Find(
                bundle ?? (earlier.Bundle.Path is { } relative ? Path.GetFullPath(Path.Combine(folder, relative)) : null)
            ),
            Frame = earlier.Image.Frame,
            Preset = earlier.Preset,
            Math = earlier.Provider.Math ?? MathPrecision.Fp32.Name(),
            Provider = provider ?? earlier.Provider.Used,
            Threshold = earlier.Threshold,
            Confidence = earlier.Bundle.Calibrated != false,
            Deterministic = earlier.Provider.Deterministic == true,
            Threads = earlier.Provider.Threads ?? 0,
            MaxPixels = Math.Max(
                new GroundRequest
                {
                    Image = "",
                    Phrases = [],
                    Bundle = "",
                }.MaxPixels,
                (long)earlier.Image.Width * earlier.Image.Height
            ),
        };
        CheckIdentity(earlier, request);
        GroundRun run = output.WithProgress("grounding again", progress => GroundRun.Execute(request, progress, cancellationToken));
        List<(string Phrase, double Difference, bool SameBoxes)> rows =
        [
            .. grounded.Select(phrase => Compare(folder, phrase, run.Phrases[Array.IndexOf(texts, phrase.Grounded ?? phrase.Phrase)])),
        ];
        bool passed = rows.All(row => row.Difference <= tolerance);
        if (output.IsJson)
        {
            JsonObject document = new()
            {
                ["passed"] = passed,
                ["tolerance"] = tolerance,
                ["same_trajectory"] = run.Phrases[0].Provenance.TrajectorySha256 == earlier.TrajectorySha256,
                ["phrases"] = new JsonArray([
                    .. rows.Select(row => new JsonObject
                    {
                        ["phrase"] = row.Phrase,
                        ["max_abs"] = row.Difference,
                        ["same_boxes"] = row.SameBoxes,
                    }),
                ]),
            };
            output.Document(document.ToJsonString(Indented));
        }
        else
        {
            output.Table(
                ["phrase", "max-abs", "boxes", ""],
                [
                    .. rows.Select(row =>
                        (IReadOnlyList<string>)
                            [
                                row.Phrase,
                                row.Difference.ToString("G3", CultureInfo.InvariantCulture),
                                row.SameBoxes ? "equal" : "differ",
                                row.Difference <= tolerance ? "pass" : "FAIL",
                            ]
                    ),
                ]
            );
        }

        if (passed)
        {
            return ExitCodes.Done;
        }

        (string worst, double difference, _) = rows.MaxBy(row => row.Difference);
        output.Error(
            string.Create(
                CultureInfo.InvariantCulture,
                $"\"{worst}\" differs by {difference:G3} from the earlier heatmap, {tolerance:G3} is allowed"
            )
        );
        return ExitCodes.CheckFailed;
    }

    private static void CheckIdentity(GroundResult earlier, GroundRequest request)
    {
        if (!File.Exists(request.Image))
        {
            throw new InputException($"{request.Image}: the result's image is not there; put it back to replay");
        }

        if (Sha256.OfFile(request.Image) is var image && image != earlier.Image.Sha256)
        {
            throw new InputException($"{request.Image}: is another file now (SHA-256 {image}, the result says {earlier.Image.Sha256})");
        }

        using Bundle bundle = Bundle.Open(request.Bundle, verifyChecksums: false);
        if (bundle.Manifest.Id != earlier.Bundle.Id)
        {
            throw new InputException(
                $"{request.Bundle}: is bundle {bundle.Manifest.Id}, the result was made with {earlier.Bundle.Id}; name that one with "
                    + $"--bundle DIR"
            );
        }
    }

    private static (string Phrase, double Difference, bool SameBoxes) Compare(string folder, PhraseResult earlier, PhraseGrounding now)
    {
        bool sameBoxes =
            earlier.Boxes.Count == now.Regions.Count
            && earlier
                .Boxes.Zip(now.Regions)
                .All(pair =>
                    pair.First.SequenceEqual([pair.Second.Box.X, pair.Second.Box.Y, pair.Second.Box.Width, pair.Second.Box.Height])
                );
        return (earlier.Phrase, Difference(folder, earlier, now) ?? (sameBoxes ? 0 : double.PositiveInfinity), sameBoxes);
    }

    /// <summary>Largest difference of a pixel; null where the result holds no heatmap.</summary>
    private static double? Difference(string folder, PhraseResult earlier, PhraseGrounding now)
    {
        if (earlier.Heatmap is null)
        {
            return null;
        }

        (string source, float[] before, int height, int width) = ReadHeatmap(folder, earlier);
        float[] values =
            (height, width) == (now.ModelHeatmap.Grid.Rows, now.ModelHeatmap.Grid.Columns) ? now.ModelHeatmap.Values : now.Heatmap.Values;
        if (before.Length != values.Length || (ReferenceEquals(values, now.Heatmap.Values) && width != now.Heatmap.Size.Width))
        {
            throw new InputException(
                $"{source}: {height} rows and {width} columns, the image has {now.Heatmap.Size.Height} rows and "
                    + $"{now.Heatmap.Size.Width} columns"
            );
        }

        double largest = 0;
        for (int i = 0; i < before.Length; i++)
        {
            if (float.IsNaN(before[i]) && float.IsNaN(values[i]))
            {
                continue;
            }

            double difference = Math.Abs(before[i] - values[i]);
            largest = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(largest, difference);
        }

        return largest;
    }

    private static (string Source, float[] Values, int Height, int Width) ReadHeatmap(string folder, PhraseResult earlier)
    {
        string heatmap = earlier.Heatmap!;
        if (!heatmap.StartsWith("data:", StringComparison.Ordinal))
        {
            string file = Path.Combine(folder, Path.GetFileName(heatmap));
            (float[] before, int[] shape) = NpyFile.Read(file);
            return shape is [var rows, var columns]
                ? (file, before, rows, columns)
                : throw new InputException($"{file}: shape [{string.Join(", ", shape)}], a heatmap has two dimensions");
        }

        string source = $"the heatmap of \"{earlier.Phrase}\"";
        const string prefix = "data:image/png;base64,";
        byte[] png = new byte[heatmap.Length];
        if (
            !heatmap.StartsWith(prefix, StringComparison.Ordinal)
            || !Convert.TryFromBase64String(heatmap[prefix.Length..], png, out int count)
        )
        {
            throw new InputException($"{source}: not a PNG in base64");
        }

        (float[] values, int width, int height) = HeatmapPng.Decode(png[..count], source);
        return (source, values, height, width);
    }
}
