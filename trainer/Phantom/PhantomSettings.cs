using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Phantom;

/// <summary>
/// Everything that decides a synthetic data set: seed, image size, population, machine and prevalences. Two generators with equal settings
/// make equal images; the size changes the sampling, not the patient.
/// </summary>
public sealed record PhantomSettings
{
    /// <summary>Prevalences of the default hospital.</summary>
    /// <remarks>Declared first: the presets read it while this type is initialised.</remarks>
    public static IReadOnlyDictionary<string, PathologyPrevalence> DefaultPrevalences { get; } =
        new SortedDictionary<string, PathologyPrevalence>(StringComparer.Ordinal)
        {
            ["pneumonia"] = Lungs(1.3, whole: 1, upper: 1, middle: 1, lower: 2, @base: 0.8, bilateral: 0.35, lingular: 0.6),
            ["pneumothorax"] = Lungs(1.0, whole: 0.8, apical: 2.2, upper: 0.3, pleural: 0.7, bilateral: 0.12),
            ["pleural effusion"] = Lungs(1.2, whole: 1.4, lower: 0.6, costophrenic: 0.9, @base: 0.7, bilateral: 0.7),
            ["lung opacity"] = Lungs(
                1.3,
                whole: 0.9,
                apical: 0.6,
                upper: 1.2,
                middle: 1.2,
                lower: 1.2,
                pleural: 0.4,
                @base: 0.6,
                bilateral: 0.3,
                lingular: 0.3
            ),
            ["atelectasis"] = Lungs(
                1.2,
                whole: 0.4,
                upper: 0.4,
                middle: 0.6,
                lower: 1.2,
                costophrenic: 0.25,
                @base: 1.7,
                bilateral: 0.5,
                lingular: 0.4
            ),
            ["cardiomegaly"] = new(0.6, new Dictionary<string, double> { ["cardiomegaly"] = 1 }),
            ["consolidation"] = Lungs(1.2, whole: 0.6, upper: 1.1, middle: 1, lower: 1.8, @base: 0.7, bilateral: 0.3, lingular: 0.5),
            ["edema"] = Edema(0.7),
        };

    /// <summary>The eight pathologies that can be drawn.</summary>
    public static IReadOnlyList<string> Pathologies { get; } = [.. Pathology.All.Select(pathology => pathology.Name)];

    /// <summary>Preset name, written into the data set.</summary>
    public string Name { get; init; } = "hospital-a";

    /// <summary>Seed of the data set.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Image width in pixels, at least 32.</summary>
    public int Width { get; init; } = 128;

    /// <summary>Image height in pixels, at least 32. The anatomy is fitted to the shorter side; the longer side shows more.</summary>
    public int Height { get; init; } = 128;

    /// <summary>Mean build of the patients: 0 slim, 1 heavy.</summary>
    public float Habitus { get; init; } = 0.35f;

    /// <summary>0: deep breath; 1: shallow breath, high diaphragms.</summary>
    public float PoorInspiration { get; init; }

    /// <summary>Mean size of the chest on the image; 1 fills it.</summary>
    public float FieldOfView { get; init; } = 0.97f;

    /// <summary>Magnification of the heart (an antero-posterior view shows it larger).</summary>
    public float HeartMagnification { get; init; } = 1f;

    /// <summary>Chance of lines, electrodes and other hardware.</summary>
    public float Hardware { get; init; } = 0.35f;

    /// <summary>Mean attenuation scale of the tone curve: larger is brighter.</summary>
    public float Exposure { get; init; } = 1f;

    /// <summary>Mean gamma of the tone curve: larger is darker in the middle.</summary>
    public float Gamma { get; init; } = 1.0f;

    /// <summary>Mean standard deviation of the noise of a pixel, in units of the [0, 1] image.</summary>
    public float Noise { get; init; } = 0.012f;

    /// <summary>Mean blur, standard deviation as a share of the shorter side.</summary>
    public float Blur { get; init; } = 0.0018f;

    /// <summary>Chance that collimator blades show at the borders.</summary>
    public float Collimation { get; init; } = 0.25f;

    /// <summary>Relative frequency of images with 0, 1, 2 and 3 findings.</summary>
    public IReadOnlyList<double> FindingCounts { get; init; } = [0.15, 0.43, 0.28, 0.14];

    /// <summary>
    /// Pathology name -> how often and where; the names are those of the eight pathologies and 27 locations. (An effusion of a whole side
    /// is published as "pleural", as the recogniser of reports reads it.)
    /// </summary>
    public IReadOnlyDictionary<string, PathologyPrevalence> Prevalences { get; init; } = DefaultPrevalences;

    /// <summary>The default hospital.</summary>
    public static PhantomSettings HospitalA { get; } = new();

    /// <summary>
    /// The out-of-distribution hospital: bedside films of heavier patients who breathe less deeply, another tone curve, more noise and
    /// hardware, a closer field of view, other prevalences.
    /// </summary>
    public static PhantomSettings HospitalB { get; } =
        new()
        {
            Name = "hospital-b",
            Habitus = 0.62f,
            PoorInspiration = 0.8f,
            FieldOfView = 1.05f,
            HeartMagnification = 1.08f,
            Hardware = 0.8f,
            Exposure = 0.84f,
            Gamma = 1.25f,
            Noise = 0.024f,
            Blur = 0.003f,
            Collimation = 0.5f,
            FindingCounts = [0.08, 0.34, 0.36, 0.22],
            Prevalences = BedsidePrevalences(),
        };

    /// <summary>A preset by name.</summary>
    /// <exception cref="ConfigurationException">There is no preset of that name.</exception>
    public static PhantomSettings Preset(string name) =>
        name switch
        {
            "a" or "hospital-a" => HospitalA,
            "b" or "hospital-b" => HospitalB,
            _ => throw new ConfigurationException("phantom preset", [$"'{name}': unknown; use hospital-a or hospital-b"]),
        };

    /// <summary>The same hospital with some of its findings only.</summary>
    /// <param name="pathologies">Only these are drawn; empty: all.</param>
    /// <param name="locations">Only these are drawn, for the pathologies that have one of them; empty: all.</param>
    /// <param name="findingCounts">Relative frequency of images with 0, 1, 2 and 3 findings; empty: that of the hospital.</param>
    public PhantomSettings Narrowed(
        IReadOnlyList<string> pathologies,
        IReadOnlyList<string> locations,
        IReadOnlyList<double> findingCounts
    ) =>
        this with
        {
            FindingCounts = findingCounts.Count > 0 ? findingCounts : FindingCounts,
            Prevalences = Prevalences
                .Where(entry => pathologies.Count == 0 || pathologies.Contains(entry.Key))
                .Select(entry =>
                    (
                        entry.Key,
                        Prevalence: entry.Value with
                        {
                            Locations = entry
                                .Value.Locations.Where(location => locations.Count == 0 || locations.Contains(location.Key))
                                .ToDictionary(),
                        }
                    )
                )
                .Where(entry => entry.Prevalence.Locations.Count > 0)
                .ToDictionary(entry => entry.Key, entry => entry.Prevalence),
        };

    /// <summary>Throws when a number cannot be used; names all of them.</summary>
    /// <exception cref="ConfigurationException">Some setting is out of range.</exception>
    public void Validate()
    {
        var problems = new List<string>();
        if (Width < 32 || Height < 32 || Math.Max(Width, Height) > 2 * Math.Min(Width, Height))
        {
            problems.Add($"size {Width}x{Height}: want both sides at least 32 and none more than twice the other");
        }

        if (FindingCounts.Count is 0 or > 4 || FindingCounts.Any(weight => !(weight >= 0)) || FindingCounts.Sum() <= 0)
        {
            problems.Add("finding_counts: want one to four weights, none negative, not all zero");
        }

        foreach ((string pathology, PathologyPrevalence prevalence) in Prevalences)
        {
            if (!Pathologies.Contains(pathology))
            {
                problems.Add($"prevalence '{pathology}': unknown pathology; the eight are {string.Join(", ", Pathologies)}");
            }

            foreach ((string location, double weight) in prevalence.Locations)
            {
                if (LocationNames.Sites(location) is null || !(weight >= 0))
                {
                    problems.Add(
                        $"prevalence '{pathology}', location '{location}': want one of the 27 locations and a weight of 0 or more"
                    );
                }
            }

            if (!(prevalence.Weight >= 0) || prevalence.Locations.Values.Sum() <= 0)
            {
                problems.Add($"prevalence '{pathology}': want a weight of 0 or more and a location with a positive weight");
            }
        }

        if (Prevalences.Values.Sum(prevalence => prevalence.Weight) <= 0)
        {
            problems.Add("prevalences: want at least one pathology with a positive weight");
        }

        if (problems.Count > 0)
        {
            throw new ConfigurationException($"phantom settings '{Name}'", problems);
        }
    }

    private static Dictionary<string, PathologyPrevalence> BedsidePrevalences() =>
        new(StringComparer.Ordinal)
        {
            ["pneumonia"] = Lungs(0.9, whole: 1.4, upper: 0.6, middle: 0.8, lower: 1.6, @base: 1.2, bilateral: 0.6, lingular: 0.3),
            ["pneumothorax"] = Lungs(0.9, whole: 0.6, apical: 1.6, upper: 0.3, pleural: 1.2, bilateral: 0.1),
            ["pleural effusion"] = Lungs(1.8, whole: 1.8, lower: 0.8, costophrenic: 0.6, @base: 0.9, bilateral: 1.2),
            ["lung opacity"] = Lungs(
                1.1,
                whole: 1.2,
                apical: 0.3,
                upper: 0.9,
                middle: 1.0,
                lower: 1.4,
                pleural: 0.3,
                @base: 1.0,
                bilateral: 0.6,
                lingular: 0.2
            ),
            ["atelectasis"] = Lungs(
                1.6,
                whole: 0.5,
                upper: 0.3,
                middle: 0.4,
                lower: 1.3,
                costophrenic: 0.2,
                @base: 2.2,
                bilateral: 0.9,
                lingular: 0.3
            ),
            ["cardiomegaly"] = new(0.85, new Dictionary<string, double> { ["cardiomegaly"] = 1 }),
            ["consolidation"] = Lungs(0.9, whole: 0.8, upper: 0.8, middle: 0.8, lower: 1.8, @base: 1.0, bilateral: 0.5, lingular: 0.3),
            ["edema"] = Edema(1.2),
        };

    private static PathologyPrevalence Edema(double weight) =>
        new(
            weight,
            new Dictionary<string, double>
            {
                ["pulmonary"] = 3,
                ["bilateral"] = 0.8,
                ["bibasilar"] = 0.3,
                ["left"] = 0.15,
                ["right"] = 0.15,
            }
        );

    /// <summary>Weights per zone, given to either side, and <paramref name="bilateral"/> times as often to both together.</summary>
    private static PathologyPrevalence Lungs(
        double weight,
        double whole = 0,
        double apical = 0,
        double upper = 0,
        double middle = 0,
        double lower = 0,
        double costophrenic = 0,
        double pleural = 0,
        double @base = 0,
        double bilateral = 0,
        double lingular = 0
    )
    {
        var locations = new Dictionary<string, double>(StringComparer.Ordinal);
        (string Word, double Weight)[] zones =
        [
            (string.Empty, whole),
            (" apical", apical),
            (" upper", upper),
            (" middle", middle),
            (" lower", lower),
            (" costophrenic", costophrenic),
            (" pleural", pleural),
            (" base", @base),
        ];
        foreach ((string word, double share) in zones)
        {
            if (share > 0)
            {
                locations["right" + word] = 0.5 * share;
                locations["left" + word] = 0.5 * share;
                if (bilateral > 0)
                {
                    locations[word == " base" ? "bibasilar" : "bilateral" + word] = bilateral * share;
                }
            }
        }

        if (lingular > 0)
        {
            locations["lingular"] = 0.5 * lingular;
        }

        return new(weight, locations);
    }
}
