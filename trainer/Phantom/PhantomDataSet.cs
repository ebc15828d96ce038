using System.Globalization;
using System.Text;
using System.Text.Json;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;

namespace CxrOnnx.Phantom;

/// <summary>
/// Writes phantom samples as a folder in the file formats of the real data sets: <c>images/*.png</c>, <c>reports/*.txt</c>,
/// <c>radgraph.json</c> (the reports' entities as RadGraph-XL writes them), <c>ms-cxr.csv</c> (one row per box),
/// <c>ms-cxr-off-prior.csv</c> (the findings that lie where their location's Gaussian does not expect them), <c>vindr-cxr.csv</c>,
/// <c>chest-imagenome.csv</c> (gold boxes of the 13 anatomical zones), <c>image-sizes.csv</c> and <c>findings.json</c> with everything
/// else.
/// </summary>
public static class PhantomDataSet
{
    /// <summary>Head line of MS-CXR's annotation file.</summary>
    internal const string MsCxrHeader = "dicom_id,category_name,label_text,path,x,y,w,h,image_width,image_height\n";

    private const int BatchSize = 64;

    // Chest ImaGenome scales every image into a square of this side, padded in the middle.
    private const double ImaGenomeSide = 224;

    /// <summary>Generates and writes samples.</summary>
    /// <param name="generator">The generator.</param>
    /// <param name="folder">Target folder, made when absent; files of the same names are replaced.</param>
    /// <param name="first">First index.</param>
    /// <param name="count">Number of samples, at least 1.</param>
    /// <param name="encodePng">Encodes an image as an 8-bit grayscale PNG; called from several threads.</param>
    /// <param name="threads">Threads that draw.</param>
    /// <param name="progress">Told the number of samples written.</param>
    /// <param name="cancellation">Stops between batches; nothing but whole files is left.</param>
    /// <exception cref="Core.InputException">A file cannot be written.</exception>
    public static void Write(
        PhantomGenerator generator,
        string folder,
        long first,
        int count,
        Func<GrayImage, byte[]> encodePng,
        int threads = 1,
        IProgress<int>? progress = null,
        CancellationToken cancellation = default
    )
    {
        StringBuilder msCxr = new(MsCxrHeader);
        StringBuilder vinDr = new("image_id,class_name,x_min,y_min,x_max,y_max\n");
        StringBuilder zones = new(
            "image_id,x1,y1,x2,y2,width,height,bbox_name,original_x1,original_y1,original_x2,original_y2,original_width,original_height\n"
        );
        StringBuilder sizes = new("image_id,width,height\n");
        List<PhantomBoxes> boxes = [];
        using MemoryStream entitiesJson = new();
        using Utf8JsonWriter entities = new(entitiesJson, new JsonWriterOptions { Indented = true });
        entities.WriteStartObject();
        using MemoryStream json = new();
        using Utf8JsonWriter findings = new(json, new JsonWriterOptions { Indented = true });
        findings.WriteStartObject();
        findings.WriteString("hospital", generator.Settings.Name);
        findings.WriteNumber("seed", generator.Settings.Seed);
        findings.WriteNumber("first_index", first);
        findings.WriteStartArray("samples");
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = Math.Max(1, threads), CancellationToken = cancellation };
        for (int start = 0; start < count; start += BatchSize)
        {
            var batch = new PhantomSample[Math.Min(BatchSize, count - start)];
            int offset = start;
            Parallel.For(
                0,
                batch.Length,
                parallel,
                i =>
                {
                    batch[i] = generator.Generate(first + offset + i);
                    string id = ImageId(generator.Settings, batch[i].Index);
                    byte[] png = encodePng(batch[i].Image);
                    AtomicFile.Write(Path.Combine(folder, "images", id + ".png"), stream => stream.Write(png));
                    AtomicFile.WriteText(Path.Combine(folder, "reports", id + ".txt"), batch[i].Report);
                }
            );
            foreach (PhantomSample sample in batch)
            {
                string id = ImageId(generator.Settings, sample.Index);
                sizes.Append(CultureInfo.InvariantCulture, $"{id},{sample.Image.Width},{sample.Image.Height}\n");
                AppendFindings(msCxr, vinDr, id, sample);
                boxes.Add(new PhantomBoxes(id, sample.Image.Size, sample.Findings, sample.Zones));
                PhantomRadGraph.Write(entities, id, sample.Report, sample.ReportEntities);
                AppendZones(zones, id, sample);
                WriteSample(findings, id, sample);
            }

            progress?.Report(start + batch.Length);
        }

        findings.WriteEndArray();
        findings.WriteEndObject();
        findings.Flush();
        entities.WriteEndObject();
        entities.Flush();
        AtomicFile.Write(Path.Combine(folder, "radgraph.json"), stream => entitiesJson.WriteTo(stream));
        AtomicFile.WriteText(Path.Combine(folder, "ms-cxr.csv"), msCxr.ToString());
        AtomicFile.WriteText(Path.Combine(folder, "ms-cxr-off-prior.csv"), PhantomBoxes.OffPrior(boxes));
        AtomicFile.WriteText(Path.Combine(folder, "vindr-cxr.csv"), vinDr.ToString());
        AtomicFile.WriteText(Path.Combine(folder, "chest-imagenome.csv"), zones.ToString());
        AtomicFile.WriteText(Path.Combine(folder, "image-sizes.csv"), sizes.ToString());
        AtomicFile.Write(Path.Combine(folder, "findings.json"), stream => json.WriteTo(stream));
    }

    /// <summary>Name of a sample's files: preset, seed and index.</summary>
    public static string ImageId(PhantomSettings settings, long index) =>
        string.Create(CultureInfo.InvariantCulture, $"{settings.Name}-{settings.Seed}-{index:D7}");

    private static void AppendFindings(StringBuilder msCxr, StringBuilder vinDr, string id, PhantomSample sample)
    {
        foreach (PhantomFinding finding in sample.Findings)
        {
            AppendMsCxr(msCxr, id, sample.Image.Size, finding);
            foreach (PixelBox box in finding.Boxes)
            {
                vinDr.Append(
                    CultureInfo.InvariantCulture,
                    $"{id},{VinDrName(finding.Pathology)},{box.X},{box.Y},{box.Right},{box.Bottom}\n"
                );
            }
        }
    }

    /// <summary>Appends the rows of a finding to MS-CXR's annotation file: one per box.</summary>
    internal static void AppendMsCxr(StringBuilder csv, string id, ImageSize size, PhantomFinding finding)
    {
        foreach (PixelBox box in finding.Boxes)
        {
            csv.Append(
                CultureInfo.InvariantCulture,
                $"{id},{TitleCase(finding.Pathology)},{finding.Prompt},images/{id}.png,{box.X},{box.Y},{box.Width},{box.Height},"
                    + $"{size.Width},{size.Height}\n"
            );
        }
    }

    private static void AppendZones(StringBuilder zones, string id, PhantomSample sample)
    {
        double ratio = ImaGenomeSide / Math.Max(sample.Image.Width, sample.Image.Height);
        double left = (ImaGenomeSide - (ratio * sample.Image.Width)) / 2;
        double top = (ImaGenomeSide - (ratio * sample.Image.Height)) / 2;
        foreach (string name in AnatomyZones.Names)
        {
            PixelBox box = sample.Zones[name];
            zones.Append(
                CultureInfo.InvariantCulture,
                $"{id}.dcm,{left + (ratio * box.X):F2},{top + (ratio * box.Y):F2},{left + (ratio * box.Right):F2},"
                    + $"{top + (ratio * box.Bottom):F2},{ratio * box.Width:F2},{ratio * box.Height:F2},{name},"
            );
            zones.Append(
                CultureInfo.InvariantCulture,
                $"{box.X:F2},{box.Y:F2},{box.Right:F2},{box.Bottom:F2},{box.Width:F2},{box.Height:F2}\n"
            );
        }
    }

    private static void WriteSample(Utf8JsonWriter json, string id, PhantomSample sample)
    {
        json.WriteStartObject();
        json.WriteString("image_id", id);
        json.WriteNumber("index", sample.Index);
        json.WriteNumber("width", sample.Image.Width);
        json.WriteNumber("height", sample.Image.Height);
        json.WriteStartArray("findings");
        foreach (PhantomFinding finding in sample.Findings)
        {
            json.WriteStartObject();
            json.WriteString("pathology", finding.Pathology);
            json.WriteStartArray("locations");
            foreach (string location in finding.Locations)
            {
                json.WriteStringValue(location);
            }

            json.WriteEndArray();
            json.WriteString("prompt", finding.Prompt);
            json.WriteNumber("severity", finding.Severity);
            json.WriteStartArray("boxes");
            foreach (PixelBox box in finding.Boxes)
            {
                WriteBox(json, box);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("zones");
        foreach (string name in AnatomyZones.Names)
        {
            json.WritePropertyName(name);
            WriteBox(json, sample.Zones[name]);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteBox(Utf8JsonWriter json, PixelBox box)
    {
        json.WriteStartArray();
        foreach (double value in (ReadOnlySpan<double>)[box.X, box.Y, box.Width, box.Height])
        {
            json.WriteNumberValue(Math.Round(value, 2));
        }

        json.WriteEndArray();
    }

    /// <summary>MS-CXR writes "Pleural Effusion".</summary>
    private static string TitleCase(string pathology) => CultureInfo.InvariantCulture.TextInfo.ToTitleCase(pathology);

    /// <summary>VinDr-CXR writes "Pleural effusion" but "Lung Opacity".</summary>
    private static string VinDrName(string pathology) => pathology == "lung opacity" ? "Lung Opacity" : ReportMarkup.Capital(pathology);
}
