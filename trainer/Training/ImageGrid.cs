using CxrOnnx.Core.Artifacts;
using CxrOnnx.Trainer.Native;
using SkiaSharp;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Training;

/// <summary>Writes many small images as one PNG, to be looked at.</summary>
public static class ImageGrid
{
    /// <summary>Writes the images row by row.</summary>
    /// <param name="path">PNG file.</param>
    /// <param name="images">float32 [N, 1, H, W] on any device; values are clamped to [0,1]. Read only.</param>
    /// <param name="columns">Images per row.</param>
    /// <param name="zoom">Every pixel becomes zoom x zoom pixels.</param>
    public static void Save(string path, Tensor images, int columns, int zoom = 2)
    {
        int count = checked((int)images.shape[0]),
            height = checked((int)images.shape[2]),
            width = checked((int)images.shape[3]);
        using DisposeScope scope = NewDisposeScope();
        Tensor flat = images.detach().cpu().Within(0, 1).MultiplyInPlace(255).round().to(ScalarType.Byte).reshape(-1).contiguous();
        byte[] pixels = flat.data<byte>().ToArray();
        int rows = (count + columns - 1) / columns,
            totalWidth = columns * width * zoom,
            totalHeight = rows * height * zoom;
        byte[] grid = new byte[totalWidth * totalHeight];
        for (int y = 0; y < totalHeight; y++)
        {
            for (int x = 0; x < totalWidth; x++)
            {
                int image = ((y / (height * zoom)) * columns) + (x / (width * zoom));
                if (image >= count)
                {
                    continue;
                }

                grid[(y * totalWidth) + x] = pixels[(image * height * width) + (y / zoom % height * width) + (x / zoom % width)];
            }
        }

        using SKBitmap bitmap = new(new SKImageInfo(totalWidth, totalHeight, SKColorType.Gray8, SKAlphaType.Opaque));
        System.Runtime.InteropServices.Marshal.Copy(grid, 0, bitmap.GetPixels(), grid.Length);
        using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        AtomicFile.Write(path, stream => png.SaveTo(stream));
    }
}
