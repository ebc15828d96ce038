using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;

namespace CxrOnnx.Workflows.Batch;

/// <summary>
/// What all parts of a batch have in common (<c>batch.json</c>): pinned by the first that begins, so that no part is dealt out in another
/// way or computed with other settings than the rest.
/// </summary>
public sealed record BatchIdentity
{
    /// <summary>The only version there is.</summary>
    public const int CurrentSchemaVersion = 1;

    /// <summary>Version of the form.</summary>
    public required int SchemaVersion { get; init; }

    /// <summary>The program that began the batch.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>How it is dealt out.</summary>
    public required BatchNumbering Numbering { get; init; }

    /// <summary><see cref="IBatchSource.Description"/>, of the part that began.</summary>
    public required IReadOnlyDictionary<string, string> Source { get; init; }

    /// <summary>Number of images. More may come at the end.</summary>
    public required int Images { get; init; }

    /// <summary>SHA-256 of the images' names and frames, in order.</summary>
    public required string ImagesSha256 { get; init; }

    /// <summary>Everything that changes a line or a file, by the name of its setting.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>The identity of a batch that is about to be computed.</summary>
    /// <param name="request">What is to be done; preset and math are resolved.</param>
    /// <param name="images">All images, not only those of the part.</param>
    /// <param name="bundle">The bundle's manifest.</param>
    /// <param name="provider">What computes.</param>
    /// <param name="imagesAtOnce">Images inverted together.</param>
    internal static BatchIdentity Of(
        BatchRequest request,
        IReadOnlyList<BatchImage> images,
        BundleManifest bundle,
        string provider,
        int imagesAtOnce
    )
    {
        string Number(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
        string Flag(bool value) => value ? "yes" : "no";
        Dictionary<string, string> settings = new()
        {
            ["bundle"] = bundle.Id,
            ["preset"] = request.Preset,
            ["math"] = request.Math,
            ["provider"] = provider,
            ["deterministic"] = Flag(request.Model.Deterministic),
            ["images-at-once"] = Number(imagesAtOnce),
            ["threshold"] = Number(request.Threshold),
            ["no-confidence"] = Flag(!request.Confidence),
            ["verbatim"] = Flag(request.Verbatim),
            ["max-pixels"] = Number(request.MaxPixels),
            ["heatmaps"] = request.Heatmaps is { } storage ? $"{storage.DataType} on the {storage.Grid}'s grid" : "no",
            ["overlays"] = Flag(request.Overlays),
        };
        if (bundle.Presets.GetValueOrDefault(request.Preset)?.Evidence is { } evidence)
        {
            // The lines of earlier versions have no scores: their batches are refused, not mixed.
            settings["evidence"] = $"{evidence.Fingerprint} with scores in its lines";
        }

        foreach ((string name, string value) in request.Source.Description.Where(entry => !Path.IsPathRooted(entry.Value)))
        {
            settings[name] = value;
        }

        return new BatchIdentity
        {
            SchemaVersion = CurrentSchemaVersion,
            CreatedBy = ToolVersion.Cxr,
            Numbering = request.Shard.Numbering,
            Source = request.Source.Description,
            Images = images.Count,
            ImagesSha256 = Hash(images.Take(images.Count)),
            Settings = settings,
        };
    }

    /// <summary>SHA-256 of images' names and frames.</summary>
    internal static string Hash(IEnumerable<BatchImage> images)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (BatchImage image in images)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{image.Image}\n{image.Frame}\n")));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Refuses to go on as another batch than this one.</summary>
    /// <param name="path">The file with this one.</param>
    /// <param name="asked">What was asked for now.</param>
    /// <param name="images">All images now.</param>
    /// <exception cref="InputException">Something differs; names it.</exception>
    internal void CheckSame(string path, BatchIdentity asked, IReadOnlyList<BatchImage> images)
    {
        const string advice = "go on as it was begun, or give another folder with `out` DIR";
        if (Numbering.Parts != asked.Numbering.Parts)
        {
            throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path}: this batch was dealt out in {Numbering.Parts} {(Numbering.Parts == 1 ? "part" : "parts")}, not in "
                        + $"{asked.Numbering.Parts}; give `shard` I/{Numbering.Parts}, or another folder with `out` DIR"
                )
            );
        }

        foreach (string name in Settings.Keys.Union(asked.Settings.Keys))
        {
            (string begun, string now) = (
                Settings.GetValueOrDefault(name, "not given"),
                asked.Settings.GetValueOrDefault(name, "not given")
            );
            if (begun != now)
            {
                throw new InputException($"{path}: this batch was begun with `{name}` {begun}, not {now}; {advice}");
            }
        }

        if (images.Count < Images || Hash(images.Take(Images)) != ImagesSha256)
        {
            throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path}: this batch was begun with {Images} other images, or in another order; images may only be added at the end: "
                        + $"give another folder with `out` DIR"
                )
            );
        }
    }
}
