using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Phantom;

/// <summary>
/// Makes synthetic chest radiographs with findings, boxes and reports. <see cref="Generate"/> is a pure function of the settings and the
/// index, may be called from any number of threads, and draws the same patient at any image size.
/// </summary>
public sealed class PhantomGenerator
{
    private readonly FindingPlanner _planner;

    /// <summary>Checks the settings.</summary>
    /// <exception cref="ConfigurationException">
    /// A size is below 32, a side is more than twice the other, or a prevalence is not usable.
    /// </exception>
    public PhantomGenerator(PhantomSettings settings)
    {
        settings.Validate();
        Settings = settings;
        _planner = new FindingPlanner(settings);
    }

    /// <summary>The settings, unchanged.</summary>
    public PhantomSettings Settings { get; }

    /// <summary>Makes one sample.</summary>
    /// <param name="index">Any number; equal numbers give equal samples.</param>
    /// <returns>A new sample, owned by the caller.</returns>
    public PhantomSample Generate(long index)
    {
        var random = PhantomRandom.ForSample(Settings.Seed, index);
        // One stream per part, so that a change in one part leaves the others' patients alone.
        IReadOnlyList<FindingPlan> plans = _planner.Plan(random.Fork(0));
        PhantomRandom build = random.Fork(1);
        float heart = Settings.HeartMagnification * build.Range(0.88f, 1.05f);
        Span<float> raise = [0f, 0f];
        foreach (FindingPlan plan in plans)
        {
            if (plan.Pathology == "cardiomegaly")
            {
                heart = Settings.HeartMagnification * (1.27f + (0.24f * plan.Severity));
            }
            else if (plan.Pathology == "atelectasis")
            {
                // Volume loss lifts the diaphragm of that side.
                foreach (FindingSite site in plan.Sites)
                {
                    raise[site.Side] += site.Zone is Zone.Base or Zone.Lower ? 0.012f + (0.03f * plan.Severity) : 0.006f;
                }
            }
        }

        var patient = new Patient(build, Settings, heart, raise);
        PhantomRandom pose = random.Fork(2);
        float scale = Settings.FieldOfView * pose.Range(0.95f, 1.05f);
        var frame = new PatientFrame(
            Settings.Width,
            Settings.Height,
            scale,
            pose.Around(0.055f),
            pose.Around(0.035f),
            0.012f + pose.Around(0.035f)
        );
        using var canvas = new Canvas(frame);
        var layers = new AnatomyLayers(canvas);
        AnatomyPainter.PaintSoftTissue(canvas, patient, layers, random.Fork(3));
        SkeletonPainter.Paint(canvas, patient, layers.Attenuation, random.Fork(4));
        VesselPainter.Paint(canvas, patient, layers.Vessels, random.Fork(5));
        PhantomRandom disease = random.Fork(6);
        var painter = new FindingPainter(canvas, patient, layers, disease);
        var findings = new List<PhantomFinding>(plans.Count);
        foreach (FindingPlan plan in plans)
        {
            findings.Add(Finding(plan, painter.Paint(plan)));
        }

        BlendVessels(canvas, layers);
        HardwarePainter.Breasts(canvas, patient, layers.Attenuation, random.Fork(7));
        HardwarePainter.Paint(canvas, patient, layers.Attenuation, Settings, random.Fork(8));
        float[] image = Acquisition.Develop(canvas, patient, layers.Attenuation, Settings, random.Fork(9));
        HardwarePainter.SideMarker(canvas, image, random.Fork(10));
        for (int i = 0; i < image.Length; i++)
        {
            image[i] = Shade.Clamp01(image[i]);
        }

        (string report, IReadOnlyList<ReportEntity> entities) = ReportMarkup.Read(ReportWriter.Write(plans, random.Fork(11)));
        return new PhantomSample
        {
            Index = index,
            Image = new GrayImage(Settings.Width, Settings.Height, image),
            Findings = findings,
            Zones = AnatomyZones.Of(canvas, patient, layers),
            Report = report,
            ReportEntities = entities,
        };
    }

    /// <summary>What <see cref="Generate"/> will draw at an index, without drawing it: the findings have no boxes yet.</summary>
    /// <param name="index">Any number.</param>
    /// <returns>The findings in drawing order; their <see cref="PhantomFinding.Boxes"/> are empty.</returns>
    public IReadOnlyList<PhantomFinding> Plan(long index) =>
        [.. _planner.Plan(PhantomRandom.ForSample(Settings.Seed, index).Fork(0)).Select(plan => Finding(plan, []))];

    /// <summary>The report of <see cref="Generate"/> at an index, without drawing the image.</summary>
    /// <param name="index">Any number.</param>
    /// <returns>The report and its labelled stretches.</returns>
    public (string Report, IReadOnlyList<ReportEntity> Entities) Write(long index)
    {
        var random = PhantomRandom.ForSample(Settings.Seed, index);
        return ReportMarkup.Read(ReportWriter.Write(_planner.Plan(random.Fork(0)), random.Fork(11)));
    }

    private static PhantomFinding Finding(FindingPlan plan, IReadOnlyList<PixelBox> boxes)
    {
        IReadOnlyList<Location> locations = LocationNames.Published(plan.Pathology, plan.Locations);
        return new(plan.Pathology, [.. locations.Select(location => location.Name)], plan.Prompt.Text, boxes, plan.Severity);
    }

    private static void BlendVessels(Canvas canvas, AnatomyLayers layers)
    {
        for (int i = 0; i < canvas.Pixels; i++)
        {
            float vessel = layers.Vessels[i];
            layers.Attenuation[i] += vessel * ((0.22f * layers.Air[i]) + (0.03f * layers.Lung[i]));
        }
    }
}
