using System.Globalization;
using CxrOnnx.Core;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Radiographs;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>The images of a data set: found by the path that the annotation file gives, or by identifier.</summary>
public sealed class ImageFolder
{
    private static readonly string[] Endings = [".png", ".jpg", ".jpeg", ".dcm", ".dicom", ".tif", ".tiff"];

    private const int ImagesNamed = 3;

    private readonly string _folder;
    private readonly RadiographReaderOptions _options;
    private readonly Lazy<Dictionary<string, string>> _files;
    private readonly Dictionary<string, string> _others = [];
    private readonly SortedDictionary<string, SortedSet<string>> _remarked = new(StringComparer.Ordinal);
    private readonly Lazy<Dictionary<string, string?>> _anyCase;

    /// <summary>Opens a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="frame">Which frame or page is read of files with several, from 1; null: such a file is refused.</param>
    /// <exception cref="InputException">There is no such folder.</exception>
    public ImageFolder(string folder, int? frame = null)
    {
        if (!Directory.Exists(folder))
        {
            throw new InputException($"{folder}: no such folder; `images` wants the folder with the data set's images");
        }

        _folder = folder;
        _options = new RadiographReaderOptions { Frame = frame };
        _files = new Lazy<Dictionary<string, string>>(Index);
        _anyCase = new Lazy<Dictionary<string, string?>>(() =>
            _files
                .Value.GroupBy(file => file.Key, StringComparer.OrdinalIgnoreCase)
                .ToDictionary(
                    group => group.Key,
                    group => group.Count() == 1 ? group.Single().Value : null,
                    StringComparer.OrdinalIgnoreCase
                )
        );
    }

    /// <summary>The file of a case's image.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public string PathOf(EvaluationCase item)
    {
        if (item.ImagePath is { Length: > 0 } relative && !Path.IsPathRooted(relative))
        {
            string root = Path.GetFullPath(_folder) + Path.DirectorySeparatorChar;
            string path = Path.GetFullPath(Path.Combine(root, relative));
            if (path.StartsWith(root, StringComparison.Ordinal) && File.Exists(path))
            {
                return path;
            }
        }

        return PathOf(item.ImageId);
    }

    /// <summary>Reads a case's image.</summary>
    /// <exception cref="InputException">There is none, it cannot be read, or it has not the size that the annotations are for.</exception>
    public Radiograph Read(EvaluationCase item)
    {
        string path = PathOf(item);
        Radiograph radiograph = RadiographReader.Read(path, _options);
        RefuseUnlessFit(path, radiograph.Image.Size, radiograph.Provenance.Orientation, item);
        return radiograph;
    }

    /// <summary>Finds out, without decoding pixels, whether a case's image can be used.</summary>
    /// <exception cref="InputException">There is none, it cannot be read, or it has not the size that the annotations are for.</exception>
    public void Check(EvaluationCase item)
    {
        string path = PathOf(item);
        RadiographHeader header = RadiographReader.Inspect(path, _options);
        RefuseUnlessFit(path, header.Size, header.Orientation, item);
        Remember(item.ImageId, header);
    }

    /// <summary>
    /// What the headers of the images that were checked say that a reader of the results should know, a line for each kind.
    /// </summary>
    public IReadOnlyList<string> Remarks() =>
        [
            .. _remarked.Select(remark =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{remark.Value.Count} of the images: {remark.Key} ({string.Join(", ", remark.Value.Take(ImagesNamed))}"
                        + $"{(remark.Value.Count > ImagesNamed ? ", ..." : "")})"
                )
            ),
        ];

    /// <summary>Finds out, without decoding pixels, whether an image can be read.</summary>
    /// <exception cref="InputException">There is none, or it cannot.</exception>
    public void Check(string imageId) => Remember(imageId, RadiographReader.Inspect(PathOf(imageId), _options));

    /// <summary>Reads an image.</summary>
    /// <exception cref="InputException">There is none, or it cannot be read.</exception>
    public Radiograph Read(string imageId) => RadiographReader.Read(PathOf(imageId), _options);

    /// <summary>Identifiers of all images in the folder and below, in alphabetical order.</summary>
    public IReadOnlyList<string> Ids => [.. _files.Value.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The file of an image: of the very identifier, else of one that differs in upper and lower case only.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public string PathOf(string imageId) =>
        Find(imageId) ?? throw new InputException($"{_folder}: no image {imageId} ({string.Join(", ", Endings)}) in it");

    /// <summary>The file of an image, or null if it is not here.</summary>
    /// <exception cref="InputException">Two different files have the identifier: which one is meant is not known.</exception>
    public string? Find(string imageId)
    {
        string? path = _files.Value.TryGetValue(imageId, out string? exact) ? exact : _anyCase.Value.GetValueOrDefault(imageId);
        return path is not null && _others.TryGetValue(CaseKey.ImageIdOf(path), out string? other)
            ? throw new InputException(
                $"{_folder}: image {imageId} is there twice, as {Path.GetRelativePath(_folder, path)} and "
                    + $"{Path.GetRelativePath(_folder, other)}, which differ; leave one, or give the folder that holds the right one"
            )
            : path;
    }

    /// <summary>The folder.</summary>
    public string Folder => _folder;

    /// <summary>Size of an image, or null if it is not here; read from its header.</summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public ImageSize? SizeOf(string imageId) => Find(imageId) is { } path ? RadiographReader.Check(path, _options) : null;

    private void Remember(string imageId, RadiographHeader header)
    {
        foreach (string remark in header.Remarks)
        {
            if (!_remarked.TryGetValue(remark, out SortedSet<string>? images))
            {
                _remarked.Add(remark, images = new SortedSet<string>(StringComparer.Ordinal));
            }

            images.Add(imageId);
        }
    }

    private static bool AreSame(string first, string second)
    {
        (FileInfo one, FileInfo two) = (new FileInfo(first), new FileInfo(second));
        return one.Length == two.Length && File.ReadAllBytes(first).AsSpan().SequenceEqual(File.ReadAllBytes(second));
    }

    /// <summary>
    /// Boxes are drawn on the pixels of the published file, maps are of the upright picture; which of the two an annotation of a picture
    /// that is turned belongs to, no file says.
    /// </summary>
    private static void RefuseUnlessFit(string path, ImageSize found, ImageOrientation orientation, EvaluationCase item)
    {
        if (orientation != ImageOrientation.Upright)
        {
            throw new InputException(
                $"{path}: says that it is stored turned or mirrored ({orientation}), and whether its boxes were drawn on the stored or the "
                    + "upright picture is not known; store it upright as the boxes are, or leave its rows out"
            );
        }

        if (found != item.ImageSize)
        {
            throw new InputException(
                $"{path}: {found} pixels, the annotations are for {item.ImageSize}; take the images the boxes were drawn on"
            );
        }
    }

    private Dictionary<string, string> Index()
    {
        Dictionary<string, string> files = [];
        foreach (string path in Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (Endings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase))
            {
                string id = CaseKey.ImageIdOf(path);
                if (!files.TryAdd(id, path) && !AreSame(files[id], path))
                {
                    _others.TryAdd(id, path);
                }
            }
        }

        return files;
    }
}
