using System.Text.Json.Serialization;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Heatmaps;

namespace CxrOnnx.Workflows.Results;

/// <summary>How heatmaps are stored as <c>.npy</c> files.</summary>
/// <param name="Grid">
/// <c>image</c>: [height, width] of the original image, NaN where the model did not look. <c>model</c>: [size, size] of the model's square,
/// which lies on the image where <see cref="ImageResult.FieldOfView"/> says; no NaN, and a fraction of the bytes.
/// </param>
/// <param name="DataType">
/// <c>float32</c>, or <c>float16</c>: half the bytes, values in [0,1] rounded by at most 2^-12 (0.00024).
/// </param>
public sealed record HeatmapStorage(string Grid, string DataType)
{
    private const string Image = "image";
    private const string Model = "model";
    private const string Single = "float32";
    private const string HalfPrecision = "float16";

    /// <summary>What other people's tools expect: float32 on the image's pixels.</summary>
    public static HeatmapStorage Default { get; } = new(Image, Single);

    /// <summary>The fewest bytes: float16 on the model's grid; what a batch of an annotated data set stores.</summary>
    public static HeatmapStorage Compact { get; } = new(Model, HalfPrecision);

    /// <summary>Whether <see cref="Grid"/> is the model's square.</summary>
    [JsonIgnore]
    public bool OnModelGrid => Grid == Model;

    /// <summary>Reads the names.</summary>
    /// <param name="grid"><c>image</c> or <c>model</c>.</param>
    /// <param name="type"><c>float32</c> or <c>float16</c>.</param>
    /// <exception cref="InputException">There is no such grid or type.</exception>
    public static HeatmapStorage Parse(string grid, string type)
    {
        if (grid is not Image and not Model)
        {
            throw new InputException($"`heatmap-grid` {grid}: known are {Image} and {Model}");
        }

        return type is Single or HalfPrecision
            ? new HeatmapStorage(grid, type)
            : throw new InputException($"`heatmap-type` {type}: known are {Single} and {HalfPrecision}");
    }

    /// <summary>Writes one heatmap.</summary>
    /// <param name="path">The file.</param>
    /// <param name="onImage">The heatmap on the image.</param>
    /// <param name="onModel">The same on the model's square.</param>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public void Write(string path, Heatmap onImage, ModelHeatmap onModel)
    {
        (float[] values, int rows, int columns) = OnModelGrid
            ? (onModel.Values, onModel.Grid.Rows, onModel.Grid.Columns)
            : (onImage.Values, onImage.Size.Height, onImage.Size.Width);
        if (DataType == HalfPrecision)
        {
            NpyFile.WriteHalf(path, values, rows, columns);
        }
        else
        {
            NpyFile.Write(path, values, rows, columns);
        }
    }
}
