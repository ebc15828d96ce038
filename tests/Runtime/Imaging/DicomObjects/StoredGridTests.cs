using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Imaging.Radiographs;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Imaging.DicomObjects;

/// <summary>From the upright picture back to the stored one, for all eight ways a picture can lie.</summary>
[Trait("Category", "quick")]
public sealed class StoredGridTests
{
    public static TheoryData<ImageOrientation> Orientations => [.. Enum.GetValues<ImageOrientation>()];

    private static StoredGrid Grid(ImageOrientation orientation) => new(orientation, new ImageSize(5, 3));

    [Theory]
    [MemberData(nameof(Orientations))]
    public void Map_OfTheUprightPicture_IsTheStoredOne(ImageOrientation orientation)
    {
        GrayImage stored = new(5, 3, [.. Enumerable.Range(0, 15).Select(i => i / 15f)]);
        GrayImage upright = ImageOrientations.Apply(orientation, stored);

        Assert.Equal(Grid(orientation).UprightSize, upright.Size);
        Assert.Equal(stored.Pixels, Grid(orientation).Map<float>(upright.Pixels));
    }

    [Theory]
    [MemberData(nameof(Orientations))]
    public void Box_AroundAPixel_GoesRoundTheSamePixelOfTheStoredPicture(ImageOrientation orientation)
    {
        StoredGrid grid = Grid(orientation);
        (int x, int y) = grid.Pixel(1, 2);

        Assert.Equal(new PixelBox(x, y, 1, 1), grid.Box(new PixelBox(1, 2, 1, 1)));
    }

    [Fact]
    public void Box_OfAMirroredPicture_KeepsItsSize()
    {
        Assert.Equal(new PixelBox(1, 1, 3, 2), Grid(ImageOrientation.MirrorHorizontally).Box(new PixelBox(1, 1, 3, 2)));
        Assert.Equal(new PixelBox(0, 1, 2, 1), Grid(ImageOrientation.Rotate90).Box(new PixelBox(1, 0, 1, 2)));
    }

    [Fact]
    public void Millimetres_OfATurnedPicture_FollowTheStoredRowsAndColumns()
    {
        PixelSpacing spacing = new(Row: 2, Column: 0.5);
        PixelBox box = new(0, 0, 3, 2);

        Assert.Equal((1.5, 4.0), Grid(ImageOrientation.Rotate180).Millimetres(box, spacing));
        Assert.Equal((6.0, 1.0), Grid(ImageOrientation.Rotate90).Millimetres(box, spacing));
    }
}
