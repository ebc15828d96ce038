using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Evaluation.Classification;

/// <summary>An open bundle as a diffusion classifier.</summary>
internal sealed class ClassificationModel : IDisposable
{
    private readonly Bundle _bundle;

    /// <summary>Opens the bundle.</summary>
    /// <exception cref="Core.CxrOnnxException">
    /// The bundle, the provider or the preset cannot be used, or a number is out of range.
    /// </exception>
    public ClassificationModel(ClassifyRequest request)
    {
        _bundle = Bundle.Open(request.Bundle);
        try
        {
            Model = GroundingModel.Load(_bundle, request.Model);
            Pipeline = new GroundingPipeline(Model, new GroundingOptions { Preset = request.Preset });
            Settings = request.ErrorsFor(Model);
            Errors = new DiffusionErrors(Model, Settings);
        }
        catch
        {
            Model?.Dispose();
            _bundle.Dispose();
            throw;
        }
    }

    public GroundingModel Model { get; }

    public GroundingPipeline Pipeline { get; }

    public DiffusionErrors Errors { get; }

    public DiffusionErrorSettings Settings { get; }

    public BundleManifest Manifest => _bundle.Manifest;

    public ImageTransform TransformOf(GrayImage image) => new(image.Size, Model.Configuration.Image.Size);

    /// <summary>z_0 of an image.</summary>
    public GraphTensor Encode(GrayImage image, ImageTransform transform, CancellationToken cancellationToken) =>
        Model.EncodeImage(Preprocessor.ToModelInput(image, transform), GridSize.Square(transform.ModelSize), cancellationToken);

    public void Dispose()
    {
        Model.Dispose();
        _bundle.Dispose();
    }
}
