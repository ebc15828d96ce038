using System.Text;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Phantom;

/// <summary>What of a sample is needed to compare its findings with the atlas of the whole data set.</summary>
internal sealed record PhantomBoxes(
    string Id,
    ImageSize Size,
    IReadOnlyList<PhantomFinding> Findings,
    IReadOnlyDictionary<string, PixelBox> Zones
)
{
    // exp(-2): two standard deviations from the centre of the location's Gaussian.
    private const double Unexpected = 0.1353;

    /// <summary>
    /// The findings in MS-CXR's form of which a box has its centre more than two standard deviations from the Gaussian of their location in
    /// the data set's own atlas: where whoever only knows the prompt looks in the wrong place.
    /// </summary>
    public static string OffPrior(IReadOnlyList<PhantomBoxes> samples)
    {
        LocationAtlas atlas = LocationAtlas.OfBoxes("phantom", samples.SelectMany(sample => sample.Regions()));
        StringBuilder csv = new(PhantomDataSet.MsCxrHeader);
        foreach (PhantomBoxes sample in samples)
        {
            ImageTransform transform = new(sample.Size, (int)LocationGaussian.GridSide);
            foreach (PhantomFinding finding in sample.Findings)
            {
                LocationGaussian[] expected =
                [
                    .. finding.Locations.SelectMany(name => atlas.Gaussians(Location.All.First(location => location.Name == name))),
                ];
                bool IsUnexpected(ModelBox box) =>
                    expected.Max(gaussian => gaussian.PeakAt(box.X + (box.Width / 2), box.Y + (box.Height / 2))) < Unexpected;
                if (finding.Boxes.Any(box => IsUnexpected(transform.ToModel(box))))
                {
                    PhantomDataSet.AppendMsCxr(csv, sample.Id, sample.Size, finding);
                }
            }
        }

        return csv.ToString();
    }

    private IEnumerable<(AnatomicalRegion Region, ModelBox Box)> Regions()
    {
        ImageTransform transform = new(Size, (int)LocationGaussian.GridSide);
        foreach ((string name, PixelBox box) in Zones)
        {
            if (AnatomicalRegionNames.TryFind(name, out AnatomicalRegion region))
            {
                yield return (region, transform.ToModel(box));
            }
        }
    }
}
