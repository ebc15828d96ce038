// BatchFolder FOLDER OUT: grounds, on every PNG file that has a report of the same name beside it (a.png, a.txt), what the report finds.
using CxrOnnx.Workflows;
using CxrOnnx.Workflows.Batch;

string folder = Path.GetFullPath(args[0]);
string output = Directory.CreateDirectory(args[1]).FullName;
IEnumerable<string> rows = Directory
    .EnumerateFiles(folder, "*.png")
    .Select(image => (Image: image, Report: Path.ChangeExtension(image, ".txt")))
    .Where(pair => File.Exists(pair.Report))
    .OrderBy(pair => pair.Image, StringComparer.Ordinal)
    .Select(pair => $"\"{pair.Image}\",\"{pair.Report}\"");
string manifest = Path.Combine(output, "manifest.csv");
File.WriteAllLines(manifest, rows.Prepend("image,report"));

BatchRequest request = new()
{
    Source = new BatchManifest(manifest),
    Folder = output,
    Shard = BatchShard.Whole,
    Resume = false,
    Bundle = BundleLocator.Find(null),
    Preset = "fast",
    MaxPixels = 50_000_000,
};
BatchRun run = new(request, CancellationToken.None);
BatchSummary summary = run.Execute(SilentObserver.Instance);
Console.WriteLine($"{summary.Grounded} phrases on {summary.Images} images, {summary.Failed} failed: {run.ResultsPath}");
