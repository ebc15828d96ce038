using CsCheck;
using CxrOnnx.Core;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Imaging.Overlay;
using NetVips;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Imaging;

[Trait("Category", "slow")]
public sealed class OverlayTests
{
    private static OverlayContent Content(int width, int height, Func<int, int, float> heat, float gray = 0.4f) =>
        new()
        {
            Image = new GrayImage(width, height, [.. Enumerable.Repeat(gray, width * height)]),
            Heatmap = Enumerable.Range(0, width * height).Select(i => heat(i % width, i / width)).ToArray(),
            Phrase = "left lower pneumonia",
            Model = "model",
            BundleId = "0123456789abcdef",
            Preset = "exact",
        };

    private static (int Width, int Height, byte[] Rgb) Decode(byte[] png)
    {
        using Image image = Image.PngloadBuffer(png);
        Assert.Equal(3, image.Bands);
        return (image.Width, image.Height, image.WriteToMemory<byte>());
    }

    private static (byte R, byte G, byte B) At((int Width, int Height, byte[] Rgb) picture, int x, int y)
    {
        int i = ((y * picture.Width) + x) * 3;
        return (picture.Rgb[i], picture.Rgb[i + 1], picture.Rgb[i + 2]);
    }

    [Theory]
    [InlineData(300, 420, 600, 840)]
    [InlineData(128, 128, 640, 640)]
    [InlineData(900, 700, 900, 700)]
    [InlineData(3000, 2000, 2400, 1600)]
    public void Render_AnySize_KeepsTheShapeAndAddsALegendBelow(int width, int height, int shownWidth, int shownHeight)
    {
        (int Width, int Height, byte[] Rgb) picture = Decode(OverlayRenderer.Render(Content(width, height, (_, _) => 0f)));

        Assert.Equal(shownWidth, picture.Width);
        Assert.True(picture.Height > shownHeight + 50);
        // No strength: the radiograph is as it was; 0.4 * 255 = 102.
        Assert.Equal((102, 102, 102), At(picture, shownWidth / 2, shownHeight / 2));
        Assert.NotEqual((102, 102, 102), At(picture, 2, shownHeight + 5));
    }

    [Fact]
    public void Render_StrongPixel_TakesTheColourAndWeakOnesStayGray()
    {
        // One quarter is strong, in the right half of the upper half: left and right, top and bottom must not be swapped.
        (int Width, int Height, byte[] Rgb) picture = Decode(
            OverlayRenderer.Render(Content(800, 600, (x, y) => x >= 400 && y < 300 ? 1f : 0.1f))
        );

        (byte r, byte g, byte b) = At(picture, 700, 100);
        Assert.True(r > 180 && g > 180 && b < r - 30, $"strong pixel is ({r}, {g}, {b})");
        foreach ((int x, int y) in (ReadOnlySpan<(int, int)>)[(100, 100), (100, 500), (700, 500)])
        {
            Assert.Equal((102, 102, 102), At(picture, x, y));
        }
    }

    [Fact]
    public void Render_PixelsOutsideTheView_AreDimmed()
    {
        (int Width, int Height, byte[] Rgb) picture = Decode(
            OverlayRenderer.Render(Content(900, 600, (x, _) => x is < 150 or >= 750 ? float.NaN : 0f))
        );

        Assert.Equal((56, 56, 56), At(picture, 50, 300)); // 102 * 0.55
        Assert.Equal((102, 102, 102), At(picture, 450, 300));
    }

    [Fact]
    public void Render_BoxAndPeak_AreWhereTheySay()
    {
        OverlayContent content = Content(800, 600, (_, _) => 0f) with { Boxes = [new PixelBox(200, 100, 300, 150)], Peak = (650.5, 450.5) };
        (int Width, int Height, byte[] Rgb) picture = Decode(OverlayRenderer.Render(content));
        (int Width, int Height, byte[] Rgb) bare = Decode(OverlayRenderer.Render(content with { Boxes = [], Peak = null }));

        List<(int X, int Y)> changed = [];
        for (int y = 0; y < 600; y++)
        {
            for (int x = 0; x < 800; x++)
            {
                if (At(picture, x, y) != At(bare, x, y))
                {
                    changed.Add((x, y));
                }
            }
        }

        (int X, int Y)[] box = [.. changed.Where(pixel => pixel.X < 600)];
        // A line of about 2 pixels on the edges with its dark rim: at most 4 pixels beyond them.
        Assert.InRange(box.Min(pixel => pixel.X), 196, 200);
        Assert.InRange(box.Max(pixel => pixel.X), 500, 504);
        Assert.InRange(box.Min(pixel => pixel.Y), 96, 100);
        Assert.InRange(box.Max(pixel => pixel.Y), 250, 254);
        Assert.DoesNotContain((350, 175), box);
        (int X, int Y)[] cross = [.. changed.Where(pixel => pixel.X >= 600)];
        Assert.Equal(650.5, cross.Average(pixel => pixel.X + 0.5), 0.6);
        Assert.Equal(450.5, cross.Average(pixel => pixel.Y + 0.5), 0.6);
        Assert.DoesNotContain((650, 450), cross);
    }

    [Fact]
    public void Render_Metadata_NamesBundleAndPresetButNotThePhrase()
    {
        byte[] png = OverlayRenderer.Render(Content(600, 500, (_, _) => 0f));
        using Image image = Image.PngloadBuffer(png);
        string[] comments =
        [
            .. image
                .GetFields()
                .Where(field => field.StartsWith("png-comment", StringComparison.Ordinal))
                .Select(field => $"{field} {image.Get(field)}"),
        ];

        Assert.Contains(comments, comment => comment.EndsWith("CxrOnnx-bundle 0123456789abcdef", StringComparison.Ordinal));
        Assert.Contains(comments, comment => comment.EndsWith("CxrOnnx-preset exact", StringComparison.Ordinal));
        Assert.DoesNotContain(comments, comment => comment.Contains("pneumonia", StringComparison.Ordinal));
    }

    [Fact]
    public void Render_Twice_GivesTheSameBytes()
    {
        OverlayContent content = Content(640, 500, (x, y) => (x + y) / 1140f) with { Boxes = [new PixelBox(1, 2, 30, 40)] };
        Assert.Equal(OverlayRenderer.Render(content), OverlayRenderer.Render(content));
    }

    [Theory]
    [InlineData("bilateral costophrenic and left apical pleural effusion")]
    [InlineData("<script>alert('x')</script> & \" ' </svg>")]
    [InlineData("\u00fcn\u00efcode \u80f8\u90e8 \ud83d\ude00 \u0000 \t")]
    [InlineData("averyveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryverylongwordwithoutanyspaceinit")]
    public void Render_AnyPhrase_Works(string phrase) =>
        Assert.NotEmpty(OverlayRenderer.Render(Content(600, 400, (_, _) => 0f) with { Phrase = phrase }));

    [Fact]
    public void Render_HeatmapOfAnotherSize_IsRefused()
    {
        OverlayContent content = Content(600, 400, (_, _) => 0f) with { Heatmap = new float[100] };
        Assert.Contains(
            "heatmap of 100 values",
            Assert.Throws<InputException>(() => OverlayRenderer.Render(content)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Montage_FourOverlays_FillsTwoRows()
    {
        OverlayContent content = Content(700, 900, (_, _) => 0f);
        (int Width, int Height, byte[] Rgb) one = Decode(OverlayRenderer.Montage([content], columns: 3, tileWidth: 400));
        (int Width, int Height, byte[] Rgb) four = Decode(
            OverlayRenderer.Montage([content, content, content, content], columns: 3, tileWidth: 400)
        );

        Assert.Equal((3 * one.Width) + (2 * 12), four.Width);
        Assert.Equal((2 * one.Height) + 12, four.Height);
    }

    [Fact]
    public void ColourMap_Strength_NeverGetsDarkerOrMoreTransparent()
    {
        (double Lightness, double Opacity) last = (-1, -1);
        for (int i = 0; i <= 200; i++)
        {
            double strength = i / 200.0;
            (double r, double g, double b) = ColourMap.At(strength);
            (double Lightness, double Opacity) now = (
                (0.2126 * Linear(r)) + (0.7152 * Linear(g)) + (0.0722 * Linear(b)),
                ColourMap.Opacity(strength)
            );
            Assert.True(now.Lightness > last.Lightness, $"luminance falls at {strength}");
            Assert.True(now.Opacity >= last.Opacity, $"opacity falls at {strength}");
            last = now;
        }

        Assert.Equal(0, ColourMap.Opacity(ColourMap.TransparentBelow));
        Assert.Equal(ColourMap.StrongestOpacity, ColourMap.Opacity(1), 1e-12);

        static double Linear(double value) => Math.Pow(value / 255, 2.2);
    }

    [Fact]
    public void Wrap_AnyText_FitsAndKeepsTheWords() =>
        Gen.Select(Gen.String[Gen.Char["abcdefgh XYZ019-"], 0, 80], Gen.Double[60, 300])
            .Sample(
                (text, width) =>
                {
                    IReadOnlyList<string> lines = StrokeFont.Wrap(text, width, 100);
                    Assert.All(lines, line => Assert.True(StrokeFont.Measure(line) <= width || line.Length <= 2, line));
                    if (!lines.Any(line => line.EndsWith('\u2026')))
                    {
                        Assert.Equal(text.Split(' ', StringSplitOptions.RemoveEmptyEntries), lines.SelectMany(line => line.Split(' ')));
                    }
                },
                iter: 500,
                threads: 1
            );

    [Fact]
    public void Wrap_TooManyLines_EndsInAnEllipsis()
    {
        IReadOnlyList<string> lines = StrokeFont.Wrap("one two three four five six seven eight nine ten", 100, 2);
        Assert.Equal(2, lines.Count);
        Assert.EndsWith("\u2026", lines[1], StringComparison.Ordinal);
    }
}
