using System.Globalization;
using System.Text;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Methods;
using CxrOnnx.Evaluation.Scores;
using CxrOnnx.Workflows.Journals;

namespace CxrOnnx.Evaluation.Progress;

/// <summary>
/// What an evaluation's bundles have answered so far (<c>evaluation.progress.jsonl</c>), so that a killed run is gone on with. Other
/// systems answer from files or formulas in no time and are asked again.
/// </summary>
/// <param name="journal">The file.</param>
/// <param name="images">The images, whose content is part of what was answered.</param>
/// <param name="cases">All cases.</param>
internal sealed class EvaluationProgress(RunJournal journal, ImageFolder images, IReadOnlyList<EvaluationCase> cases) : IDisposable
{
    /// <summary>Name of the file, in the folder of the results.</summary>
    public const string FileName = "evaluation.progress.jsonl";

    private readonly ContentHashes _hashes = new();

    /// <summary>How many answers an earlier run left.</summary>
    public int Before => journal.Before;

    /// <summary>Opens the file.</summary>
    /// <param name="folder">Folder of the results.</param>
    /// <param name="dataset">The data set.</param>
    /// <param name="images">Its images.</param>
    /// <param name="tokens">Number of cases whose tokens are shown.</param>
    /// <param name="bundles">The bundles by name, with everything that decides their answers.</param>
    /// <exception cref="InputException">The file is of another evaluation, or cannot be written.</exception>
    public static EvaluationProgress Open(
        string folder,
        EvaluationDataset dataset,
        ImageFolder images,
        int tokens,
        IEnumerable<(string Name, string Binding)> bundles
    )
    {
        Dictionary<string, string> binding = new()
        {
            ["program"] = ToolVersion.Cxr,
            ["annotations"] = HashOf(dataset),
            ["per-token"] = tokens.ToString(CultureInfo.InvariantCulture),
        };
        foreach ((string name, string of) in bundles)
        {
            binding[$"system {name}"] = of;
        }

        return new EvaluationProgress(RunJournal.Open(Path.Combine(folder, FileName), binding), images, dataset.Cases);
    }

    /// <summary>An earlier answer; the system gets its remarks and tokens back.</summary>
    /// <param name="system">The bundle.</param>
    /// <param name="i">Position of the case.</param>
    /// <param name="sketch">The answer's sketch.</param>
    public CaseScore? Find(BundleSystem system, int i, out PredictionSketch? sketch)
    {
        sketch = null;
        if (KeyOf(system, i) is not { } key || journal.Find(key, EvaluationRecordContext.Default.EvaluationRecord) is not { } record)
        {
            return null;
        }

        sketch = PredictionSketch.Unpack(record.Sketch);
        system.Restore(
            cases[i],
            record.Remarks,
            record.Tokens is null
                ? null
                : [.. record.Tokens.Select(token => new TokenSketch(token.Token, PredictionSketch.Unpack(token.Sketch)))]
        );
        return new CaseScore(cases[i], record.Cnr, record.CnrOrderFree, record.MIoU, record.Auroc);
    }

    /// <summary>Keeps an answer.</summary>
    /// <param name="system">The bundle.</param>
    /// <param name="i">Position of the case.</param>
    /// <param name="score">What it scored.</param>
    /// <param name="sketch">The answer's sketch.</param>
    public void Keep(BundleSystem system, int i, CaseScore score, PredictionSketch sketch)
    {
        if (KeyOf(system, i) is { } key)
        {
            journal.Add(
                key,
                new EvaluationRecord
                {
                    Cnr = score.Cnr,
                    CnrOrderFree = score.CnrOrderFree,
                    MIoU = score.MIoU,
                    Auroc = score.Auroc,
                    Remarks = system.RemarksOn(cases[i]),
                    Sketch = sketch.Pack(),
                    Tokens = system.Tokens.TryGetValue(cases[i].Key, out IReadOnlyList<TokenSketch>? tokens)
                        ? [.. tokens.Select(token => new TokenRecord(token.Token, token.Sketch.Pack()))]
                        : null,
                },
                EvaluationRecordContext.Default.EvaluationRecord
            );
        }
    }

    /// <summary>Removes the file: the documents are written.</summary>
    public void Finish() => journal.Finish();

    /// <inheritdoc/>
    public void Dispose() => journal.Dispose();

    /// <summary>An image that was changed since has another key, and is computed again; null where it cannot be read.</summary>
    private string? KeyOf(BundleSystem system, int i)
    {
        try
        {
            string image = _hashes.Of(images.PathOf(cases[i]));
            return string.Create(CultureInfo.InvariantCulture, $"{system.Name} | {i} | {image}");
        }
        catch (CxrOnnxException)
        {
            return null;
        }
    }

    private static string HashOf(EvaluationDataset dataset)
    {
        StringBuilder all = new(dataset.Name);
        foreach (EvaluationCase item in dataset.Cases)
        {
            all.Append(CultureInfo.InvariantCulture, $"\n{item.Key} {item.ImageSize}");
            foreach (PixelBox box in item.Boxes)
            {
                all.Append(CultureInfo.InvariantCulture, $" [{box.X:R},{box.Y:R},{box.Width:R},{box.Height:R}]");
            }
        }

        return Sha256.OfBytes(Encoding.UTF8.GetBytes(all.ToString()))[..16];
    }
}
