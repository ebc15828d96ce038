using System.Globalization;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Grounding;
using CxrOnnx.Imaging.Overlay;
using CxrOnnx.Workflows.Results;

namespace CxrOnnx.Workflows.Batch;

/// <summary>The heatmaps and pictures of one image of a batch.</summary>
internal sealed class BatchFiles
{
    private readonly BatchRequest _request;
    private readonly BundleManifest _manifest;
    private readonly Dictionary<BatchPhrase, string> _names;

    /// <summary>Names for the image's files; the same whichever of its phrases are grounded now.</summary>
    public BatchFiles(BatchRequest request, BatchImage image, BundleManifest manifest)
    {
        _request = request;
        _manifest = manifest;
        ResultNames names = new(image.Path);

        // Images of one name lie in different folders of a data set; their position tells them apart, in every part.
        _names = image.Phrases.ToDictionary(
            phrase => phrase,
            phrase => string.Create(CultureInfo.InvariantCulture, $"{image.Position:D7}.{names.Stem(phrase.Phrase)}")
        );
    }

    /// <summary>Writes what was asked for.</summary>
    /// <param name="phrase">The phrase as the manifest has it.</param>
    /// <param name="grounding">What was found.</param>
    /// <param name="image">The radiograph.</param>
    /// <returns>The files, relative to the results; null where there is none.</returns>
    public (string? Heatmap, string? Overlay) Write(BatchPhrase phrase, PhraseGrounding grounding, GrayImage image)
    {
        string name = _names[phrase];
        string? heatmap = null;
        if (_request.Heatmaps is { } storage)
        {
            heatmap = $"heatmaps/{name}.heatmap.npy";
            storage.Write(Path.Combine(_request.Folder, heatmap), grounding.Heatmap, grounding.ModelHeatmap);
        }

        string? overlay = null;
        if (_request.Overlays)
        {
            overlay = $"overlays/{name}.overlay.png";
            byte[] png = OverlayRenderer.Render(PhraseOverlay.Of(image, grounding, _manifest, _request.Preset, phrase.Phrase));
            AtomicFile.Write(Path.Combine(_request.Folder, overlay), stream => stream.Write(png));
        }

        return (heatmap, overlay);
    }

    /// <summary>Where the heatmaps lie, if they are stored on the model's grid.</summary>
    public IReadOnlyList<double>? FieldOfView(GrayImage image)
    {
        if (_request.Heatmaps is not { OnModelGrid: true })
        {
            return null;
        }

        // The square does not depend on the model's size.
        PixelBox view = new ImageTransform(image.Size, 1).FieldOfView;
        return [view.X, view.Y, view.Width, view.Height];
    }
}
