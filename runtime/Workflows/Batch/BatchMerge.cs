using System.Globalization;
using System.Text.Json;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Workflows.Batch;

/// <summary>
/// Joins the parts of a batch to one file, in the order of the images and phrases, byte for byte as they are. Refuses parts that are not
/// the whole, each line once.
/// </summary>
/// <param name="folder">Folder of the results.</param>
/// <param name="identity">What was begun there.</param>
/// <param name="source">The images and what was asked of them.</param>
public sealed class BatchMerge(string folder, BatchIdentity identity, IBatchSource source)
{
    /// <summary>Where the whole is written.</summary>
    public string ResultsPath => Path.Combine(folder, BatchShard.Whole.FileName);

    /// <summary>Where the table is written, where one is wanted.</summary>
    public string CsvPath => Path.Combine(folder, BatchShard.Whole.CsvName);

    /// <summary>Where it says which heatmap is of which annotated phrase; null where nothing does.</summary>
    public string? HeatmapIndexPath =>
        source.HasHeatmapIndex && identity.Settings.GetValueOrDefault("heatmaps") is not "no"
            ? Path.Combine(folder, BatchHeatmapIndex.Name)
            : null;

    /// <summary>Joins the parts.</summary>
    /// <param name="csv">Whether a table is written too.</param>
    /// <returns>What the whole holds.</returns>
    /// <exception cref="CxrOnnxException">
    /// A part is missing, being written, or not of this batch; a line is missing, there twice, or of nothing that was asked. All of it is
    /// named, and nothing is written.
    /// </exception>
    public BatchMergeSummary Execute(bool csv)
    {
        IReadOnlyList<BatchImage> images = source.Load();
        InputProblems problems = new();
        if (images.Count != identity.Images || BatchIdentity.Hash(images) != identity.ImagesSha256)
        {
            throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{source.Path}: does not name the {identity.Images} images of this batch in their order; give back the file that it "
                        + $"was computed from"
                )
            );
        }

        Dictionary<BatchKey, PartLine> found = [];
        for (int part = 1; part <= identity.Numbering.Parts; part++)
        {
            string path = Path.Combine(folder, BatchShard.NameOf(part, identity.Numbering.Parts));
            problems.Try(() => Read(path, found, problems));
        }

        List<PartLine> ordered = [];
        foreach (BatchKey key in images.SelectMany(BatchKey.AllOf))
        {
            if (found.Remove(key, out PartLine line))
            {
                ordered.Add(line);
            }
            else
            {
                problems.Add($"no line of {key}: go on with `resume`");
            }
        }

        foreach ((BatchKey key, PartLine line) in found)
        {
            problems.Add($"{line.Path}: has a line of {key}, which {source.Path} does not ask");
        }

        problems.ThrowIfAny("nothing was merged");
        return Write(ordered, csv);
    }

    private BatchMergeSummary Write(List<PartLine> lines, bool csv)
    {
        Dictionary<string, FileStream> parts = [];
        try
        {
            foreach (string path in lines.Select(line => line.Path).Distinct())
            {
                parts.Add(path, Open(path));
            }

            AtomicFile.Write(
                ResultsPath,
                stream =>
                {
                    foreach (PartLine line in lines)
                    {
                        byte[] bytes = new byte[line.Length];
                        parts[line.Path].Seek(line.Start, SeekOrigin.Begin);
                        parts[line.Path].ReadExactly(bytes);
                        stream.Write(bytes);
                    }
                }
            );
        }
        finally
        {
            foreach (FileStream part in parts.Values)
            {
                part.Dispose();
            }
        }

        IEnumerable<BatchLine> Whole() =>
            File.ReadLines(ResultsPath).Select(line => BatchLine.Parse(System.Text.Encoding.UTF8.GetBytes(line)));
        if (csv)
        {
            BatchCsv.Write(CsvPath, Whole());
        }

        if (HeatmapIndexPath is { } index)
        {
            BatchHeatmapIndex.Write(index, Whole());
        }

        return new BatchMergeSummary(identity.Numbering.Parts, lines.Count, lines.Count(line => line.IsFailed));
    }

    private void Read(string path, Dictionary<BatchKey, PartLine> found, InputProblems problems)
    {
        if (!File.Exists(path))
        {
            problems.Add($"{path}: is not there; run that part");
            return;
        }

        using FileStream file = Open(path);
        using PartReader reader = new(file);
        while (reader.Next() is { } bytes)
        {
            BatchLine line;
            try
            {
                line = BatchLine.Parse(bytes);
            }
            catch (JsonException)
            {
                problems.Add($"{path} line {reader.Number}: not a result of 'cxr batch'");
                continue;
            }

            if (line.Bundle != identity.Settings["bundle"] || line.Preset != identity.Settings["preset"])
            {
                problems.Add($"{path} line {reader.Number}: is of bundle {line.Bundle}, preset {line.Preset}, not of this batch");
            }

            BatchKey key = BatchKey.Of(line);
            if (!found.TryAdd(key, new PartLine(path, reader.Start, bytes.Length + 1, line.Error is not null)))
            {
                problems.Add($"{path} line {reader.Number}: a second line of {key}, after one in {found[key].Path}");
            }
        }

        if (reader.HasRest)
        {
            problems.Add($"{path}: its last line was cut off by a kill; go on with `resume`");
        }
    }

    /// <summary>Fails while a process writes the file.</summary>
    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
        }
        catch (IOException exception)
        {
            throw new InputException($"{path}: cannot be read, or a process is still writing it: {exception.Message}", exception);
        }
    }

    /// <summary>Where a line lies; its end belongs to it.</summary>
    private readonly record struct PartLine(string Path, long Start, int Length, bool IsFailed);
}
