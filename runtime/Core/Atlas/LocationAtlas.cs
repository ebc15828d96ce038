using System.Globalization;
using System.Text;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Core.Atlas;

/// <summary>
/// Where each of the 27 locations lies in an average radiograph: one Gaussian per anatomical region, on the reference grid of 512 x 512.
/// </summary>
/// <remarks>The lookup table of Vilouras et al., MIDL 2026 (arXiv:2506.10633), section 3.1. Immutable and thread-safe.</remarks>
public sealed class LocationAtlas
{
    private const string DefaultResource = "CxrOnnx.Core.Atlas.default-atlas.yaml";

    private static readonly Lazy<LocationAtlas> DefaultAtlas = new(LoadDefault);

    private readonly Dictionary<AnatomicalRegion, LocationGaussian> _regions;

    /// <summary>Creates an atlas.</summary>
    /// <param name="source">Where its numbers come from; one line.</param>
    /// <param name="regions">The Gaussian of every region.</param>
    /// <exception cref="ArgumentException">A region is missing or has a sigma that is not positive.</exception>
    public LocationAtlas(string source, IReadOnlyDictionary<AnatomicalRegion, LocationGaussian> regions)
    {
        Source = source;
        _regions = new Dictionary<AnatomicalRegion, LocationGaussian>(regions);
        foreach (AnatomicalRegion region in AnatomicalRegionNames.All)
        {
            if (!_regions.TryGetValue(region, out LocationGaussian gaussian) || !(gaussian.SigmaX > 0 && gaussian.SigmaY > 0))
            {
                throw new ArgumentException($"region {AnatomicalRegionNames.NameOf(region)} is missing or has no extent", nameof(regions));
            }
        }
    }

    /// <summary>The atlas that is built in: our own estimate, until one has been made from annotated radiographs.</summary>
    public static LocationAtlas Default => DefaultAtlas.Value;

    /// <summary>Where the numbers come from.</summary>
    public string Source { get; }

    /// <summary>The Gaussian of a region.</summary>
    public LocationGaussian this[AnatomicalRegion region] => _regions[region];

    /// <summary>
    /// Makes an atlas of many boxes: per box the centre and a sixth of the side, averaged per region.
    /// </summary>
    /// <param name="source">Where the boxes come from; one line.</param>
    /// <param name="boxes">Boxes on the 512 grid; boxes without extent do not count.</param>
    /// <exception cref="InputException">A region has no box; the message names every such region.</exception>
    public static LocationAtlas OfBoxes(string source, IEnumerable<(AnatomicalRegion Region, ModelBox Box)> boxes)
    {
        ILookup<AnatomicalRegion, LocationGaussian> gaussians = boxes
            .Where(item => item.Box is { Width: > 0, Height: > 0 })
            .ToLookup(item => item.Region, item => LocationGaussian.OfBox(item.Box));
        List<AnatomicalRegion> missing = [.. AnatomicalRegionNames.All.Where(region => !gaussians.Contains(region))];
        if (missing.Count > 0)
        {
            throw new InputException(
                $"{source}: no boxes of {string.Join(", ", missing.Select(AnatomicalRegionNames.NameOf))}; an atlas needs all 13 regions"
            );
        }

        return new LocationAtlas(
            source,
            gaussians.ToDictionary(
                group => group.Key,
                group => new LocationGaussian(
                    group.Average(item => item.MuX),
                    group.Average(item => item.MuY),
                    group.Average(item => item.SigmaX),
                    group.Average(item => item.SigmaY)
                )
            )
        );
    }

    /// <summary>The Gaussians of a location: one, or two for a bilateral one.</summary>
    public IReadOnlyList<LocationGaussian> Gaussians(Location location) =>
        [.. AnatomicalRegionNames.RegionsOf(location).Select(region => _regions[region])];

    /// <summary>The map of one or several locations, the largest Gaussian at each cell, 1 at the centres.</summary>
    /// <param name="locations">At least one.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <returns>float32 [height, width], row-major; a new array.</returns>
    public float[] Map(IEnumerable<Location> locations, int height, int width) =>
        GaussianMap.Render([.. locations.SelectMany(Gaussians).Distinct()], new GridSize(height, width));

    /// <summary>
    /// The location whose Gaussian is nearest to another one by squared 2-Wasserstein distance: how a synthetic prompt is made of a box.
    /// Only locations with one Gaussian are considered; of equally near ones the first in <see cref="Location.All"/>.
    /// </summary>
    /// <param name="gaussian">On the 512 grid.</param>
    /// <param name="includeHeart">Whether "cardiomegaly" may be the answer.</param>
    public Location Nearest(LocationGaussian gaussian, bool includeHeart = true) =>
        Location
            .All.Where(location =>
                AnatomicalRegionNames.RegionsOf(location).Count == 1 && (includeHeart || location != Location.Cardiomegaly)
            )
            .MinBy(location => Gaussians(location)[0].SquaredWassersteinDistance(gaussian))!;

    /// <summary>Reads an atlas.</summary>
    /// <exception cref="ConfigurationException">The file is wrong; carries every problem in it.</exception>
    public static LocationAtlas Load(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(path, [$"cannot be read: {exception.Message}"]);
        }
    }

    /// <summary>Reads an atlas from text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="ConfigurationException">The text is wrong; carries every problem in it.</exception>
    public static LocationAtlas Parse(string yaml, string source)
    {
        List<string> problems = [];
        YamlSection? root = YamlSection.Parse(yaml, problems);
        if (root is null)
        {
            throw new ConfigurationException(source, problems);
        }

        string origin = root.Text("source");
        root.Integer("grid", (int)LocationGaussian.GridSide, (int)LocationGaussian.GridSide);
        YamlSection section = root.Section("regions");
        Dictionary<AnatomicalRegion, LocationGaussian> regions = [];
        foreach (AnatomicalRegion region in AnatomicalRegionNames.All)
        {
            YamlSection numbers = section.Section(KeyOf(region));

            // A region may reach beyond the crop of the average image, but not far.
            double Mu(string key) => numbers.Number(key, -LocationGaussian.GridSide, 2 * LocationGaussian.GridSide);
            double Sigma(string key) => numbers.Number(key, 0.1, LocationGaussian.GridSide);
            regions[region] = new LocationGaussian(Mu("mu_x"), Mu("mu_y"), Sigma("sigma_x"), Sigma("sigma_y"));
        }

        root.ReportUnknownKeys();
        return problems.Count == 0 ? new LocationAtlas(origin, regions) : throw new ConfigurationException(source, problems);
    }

    /// <summary>The text of an atlas file; <see cref="Parse"/> of it gives an equal atlas.</summary>
    public string ToYaml()
    {
        StringBuilder yaml = new();
        string quoted = Source.Replace("'", "''", StringComparison.Ordinal).ReplaceLineEndings(" ");
        yaml.Append(CultureInfo.InvariantCulture, $"source: '{quoted}'\n");
        yaml.Append(CultureInfo.InvariantCulture, $"grid: {LocationGaussian.GridSide}\nregions:\n");
        foreach (AnatomicalRegion region in AnatomicalRegionNames.All)
        {
            LocationGaussian item = _regions[region];
            yaml.Append(
                CultureInfo.InvariantCulture,
                $"  {KeyOf(region)}: {{ mu_x: {item.MuX:R}, mu_y: {item.MuY:R}, sigma_x: {item.SigmaX:R}, sigma_y: {item.SigmaY:R} }}\n"
            );
        }

        return yaml.ToString();
    }

    /// <summary>Writes the atlas; a reader never sees half a file.</summary>
    public void Save(string path) => AtomicFile.WriteText(path, ToYaml());

    private static string KeyOf(AnatomicalRegion region) => AnatomicalRegionNames.NameOf(region).Replace(' ', '_');

    private static LocationAtlas LoadDefault()
    {
        using Stream stream =
            typeof(LocationAtlas).Assembly.GetManifestResourceStream(DefaultResource)
            ?? throw new InvalidOperationException($"the assembly lacks {DefaultResource}");
        using StreamReader reader = new(stream);
        return Parse(reader.ReadToEnd(), "default-atlas.yaml");
    }
}
