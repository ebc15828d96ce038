using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Workflows.Journals;

namespace CxrOnnx.Evaluation.Classification;

/// <summary>An open bundle as a diffusion classifier.</summary>
internal sealed class ClassificationModel : IDisposable
{
    private readonly Bundle _bundle;

    /// <summary>Opens the bundle.</summary>
    /// <exception cref="CxrOnnxException">
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

    /// <summary>
    /// Goes on with what an earlier run found, or begins: bound to everything that decides a result but its image and phrases.
    /// </summary>
    /// <param name="request">What is asked.</param>
    /// <param name="name">Name of the document without its ending; the journal lies beside it.</param>
    /// <param name="words">What is asked of the images, by name.</param>
    /// <exception cref="InputException">There is one of other work, or it cannot be written.</exception>
    public RunJournal OpenJournal(ClassifyRequest request, string name, IReadOnlyDictionary<string, string> words) =>
        RunJournal.Open(
            Path.Combine(request.Folder, $"{name}.progress.jsonl"),
            new Dictionary<string, string>(words)
            {
                ["program"] = ToolVersion.Cxr,
                ["bundle"] = Manifest.Id,
                ["preset"] = request.Preset,
                ["math"] = request.Model.Math.Name(),
                ["provider"] = Model.Provider.Name,
                ["errors"] = FormattableString.Invariant(
                    $"{Settings.Samples} samples, steps {Settings.TimeRange.First} to {Settings.TimeRange.End}, seed {Settings.Seed}"
                ),
                ["batch"] = FormattableString.Invariant($"{Settings.Batch}"),
            }
        );

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
