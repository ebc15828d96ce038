using CxrOnnx.Core;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Imaging;

namespace CxrOnnx.Lab.Atlas;

/// <summary>The mean of many radiographs in the model's square: the ground on which an atlas is drawn.</summary>
internal static class MeanRadiograph
{
    private static readonly string[] Endings = [".png", ".jpg", ".jpeg", ".tif", ".tiff", ".dcm"];

    /// <summary>Averages the first images of a folder in the order of their names.</summary>
    /// <param name="folder">Searched with its subfolders.</param>
    /// <param name="most">How many images at most.</param>
    /// <param name="side">Side of the result in pixels.</param>
    /// <returns>[side, side] in [0,1], and how many images it is the mean of.</returns>
    /// <exception cref="InputException">There is no such folder, no image in it, or an image cannot be read.</exception>
    public static (float[] Pixels, int Count) Of(string folder, int most, int side)
    {
        if (!Directory.Exists(folder))
        {
            throw new InputException($"{folder}: no such folder; --images wants a folder with radiographs");
        }

        string[] files =
        [
            .. Directory
                .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Where(path => Endings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase))
                .Order(StringComparer.Ordinal)
                .Take(most),
        ];
        if (files.Length == 0)
        {
            throw new InputException($"{folder}: no image ({string.Join(", ", Endings)}) in it");
        }

        float[] mean = new float[side * side];
        foreach (string file in files)
        {
            float[] pixels = Preprocessor.ToModelInput(RadiographReader.Read(file).Image, side);
            for (int i = 0; i < mean.Length; i++)
            {
                mean[i] += pixels[i] / files.Length;
            }
        }

        return (mean, files.Length);
    }
}
