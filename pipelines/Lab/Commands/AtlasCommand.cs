using System.CommandLine;
using System.Globalization;
using CxrOnnx.CommandLine;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Lab.Atlas;

namespace CxrOnnx.Lab.Commands;

/// <summary><c>cxr-lab atlas</c>: where the 27 locations lie, from anatomical boxes.</summary>
public static class AtlasCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        Option<FileInfo> boxes = new("--boxes")
        {
            Description = "Chest ImaGenome's gold boxes (CSV), or the chest-imagenome.csv of a phantom data set",
            Required = true,
        };
        Option<FileInfo> output = new("--out")
        {
            Description = "The atlas to write (YAML); a picture of it goes beside it with the ending .png",
            Required = true,
        };
        Option<FileInfo?> sizes = new("--image-sizes")
        {
            Description = "Sizes of the images (CSV: image_id,width,height); needed where the boxes are given in one grid only",
        };
        Option<DirectoryInfo?> images = new("--images")
        {
            Description = "Folder with radiographs, whose mean is the picture's ground; without it, outlines",
        };
        Option<int> most = new("--mean-of") { Description = "How many of the images to average", DefaultValueFactory = _ => 100 };
        Option<string?> source = new("--source")
        {
            Description = "Where the boxes come from, one line for the atlas and its picture; default: the file's name",
        };
        Command command = new("atlas", "Average anatomical boxes into the atlas of the 27 locations, and draw it.")
        {
            boxes,
            output,
            sizes,
            images,
            most,
            source,
        };
        command.SetAction(
            (parse, _) =>
            {
                FileInfo file = parse.GetRequiredValue(boxes);
                IReadOnlyDictionary<string, ImageSize> known = parse.GetValue(sizes) is { } csv
                    ? EvaluationDataset.LoadSizes(csv.FullName)
                    : new Dictionary<string, ImageSize>();
                IReadOnlyList<(AnatomicalRegion Region, ModelBox Box)> found = ChestImaGenomeBoxes.Load(
                    file.FullName,
                    id => known.TryGetValue(id, out ImageSize size) ? size : null
                );
                LocationAtlas atlas = LocationAtlas.OfBoxes(
                    parse.GetValue(source) ?? string.Create(CultureInfo.InvariantCulture, $"{found.Count} boxes of {file.Name}"),
                    found
                );
                string path = parse.GetRequiredValue(output).FullName,
                    picture = Path.ChangeExtension(path, ".png");
                (float[] Pixels, int Count)? mean = parse.GetValue(images) is { } folder
                    ? MeanRadiograph.Of(folder.FullName, parse.GetValue(most), AtlasPicture.TileSide)
                    : null;
                atlas.Save(path);
                AtlasPicture.Write(picture, atlas, mean?.Pixels, mean is { } ground ? $"mean of {ground.Count} radiographs" : null);
                Report(parse.InvocationConfiguration.Output, found, atlas, path, picture);
                return Task.FromResult(ExitCodes.Done);
            }
        );
        return command;
    }

    private static void Report(
        TextWriter output,
        IReadOnlyList<(AnatomicalRegion Region, ModelBox Box)> boxes,
        LocationAtlas atlas,
        string path,
        string picture
    )
    {
        ILookup<AnatomicalRegion, ModelBox> byRegion = boxes.ToLookup(item => item.Region, item => item.Box);
        PlainTable.Write(
            output,
            ["region", "boxes", "mu x", "mu y", "sigma x", "sigma y"],
            [
                .. AnatomicalRegionNames.All.Select(region =>
                    (string[])
                        [
                            AnatomicalRegionNames.NameOf(region),
                            byRegion[region].Count().ToString(CultureInfo.InvariantCulture),
                            Number(atlas[region].MuX),
                            Number(atlas[region].MuY),
                            Number(atlas[region].SigmaX),
                            Number(atlas[region].SigmaY),
                        ]
                ),
            ]
        );
        output.WriteLine($"{path} and {picture}");
    }

    private static string Number(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
