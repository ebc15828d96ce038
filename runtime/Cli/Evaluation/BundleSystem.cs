using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Evaluation;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Grounding;
using CxrOnnx.Imaging;

namespace CxrOnnx.Cli.Evaluation;

/// <summary>A bundle as a system under evaluation: grounds all phrases of an image on one trajectory.</summary>
public sealed class BundleSystem : IEvaluatedSystem, IDisposable
{
    private readonly Bundle _bundle;
    private readonly GroundingModel _model;
    private readonly Grounder _grounder;
    private readonly ImageFolder _images;
    private readonly ILookup<string, EvaluationCase> _casesOfImage;
    private readonly CancellationToken _cancellationToken;
    private readonly Dictionary<CaseKey, SystemAnswer> _answers = [];

    /// <summary>Opens a bundle.</summary>
    /// <param name="path">Bundle folder or file.</param>
    /// <param name="options">What to run on.</param>
    /// <param name="preset">One of the bundle's presets.</param>
    /// <param name="images">The data set's images.</param>
    /// <param name="cases">All cases that will be asked.</param>
    /// <param name="cancellationToken">Stops between two operators of a graph.</param>
    /// <exception cref="CxrOnnxException">The bundle, the provider or the preset cannot be used.</exception>
    public BundleSystem(
        string path, GroundingModelOptions options, string preset, ImageFolder images, IReadOnlyList<EvaluationCase> cases, CancellationToken cancellationToken)
    {
        _images = images;
        _casesOfImage = cases.ToLookup(item => item.ImageId);
        _cancellationToken = cancellationToken;
        _bundle = Bundle.Open(path);
        try
        {
            _model = GroundingModel.Load(_bundle, options);
            _grounder = new Grounder(_model, new GroundingOptions { Preset = preset });
        }
        catch
        {
            _model?.Dispose();
            _bundle.Dispose();
            throw;
        }

        string folder = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        Name = preset == "exact" ? folder : $"{folder} ({preset})";
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool IsThreadSafe => false;

    /// <inheritdoc/>
    public SystemAnswer Answer(EvaluationCase item)
    {
        if (!_answers.Remove(item.Key, out SystemAnswer? answer))
        {
            _answers.Clear();
            Ground([.. _casesOfImage[item.ImageId]]);
            _answers.Remove(item.Key, out answer);
        }

        return answer!;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _model.Dispose();
        _bundle.Dispose();
    }

    private void Ground(IReadOnlyList<EvaluationCase> cases)
    {
        string path = _images.PathOf(cases[0]);
        Radiograph radiograph = RadiographReader.Read(path);
        if (radiograph.Image.Width != cases[0].ImageSize.Width || radiograph.Image.Height != cases[0].ImageSize.Height)
        {
            throw new InputException(
                $"{path}: {radiograph.Image.Width}x{radiograph.Image.Height} pixels, the annotations are for {cases[0].ImageSize}; take the images the boxes were drawn on");
        }

        string[] phrases = [.. cases.Select(PhraseOf)];
        string[] distinct = [.. phrases.Distinct()];
        using ImageTrajectory trajectory = _grounder.Invert(radiograph.Image, null, _cancellationToken);
        IReadOnlyList<PhraseGrounding> groundings = _grounder.Ground(trajectory, distinct, null, _cancellationToken);
        for (int i = 0; i < cases.Count; i++)
        {
            _answers[cases[i].Key] = SystemAnswer.Of(groundings[Array.IndexOf(distinct, phrases[i])].Heatmap);
        }
    }

    /// <summary>A closed vocabulary gets the standard prompt, since it knows no other words; an open one the phrase as it is.</summary>
    private string PhraseOf(EvaluationCase item)
    {
        if (_bundle.Manifest.Vocabulary.Kind != "closed")
        {
            return item.LabelText;
        }

        return Pathology.TryFind(item.CategoryName, out Pathology? pathology)
            ? new StandardPrompt(pathology, PriorBaseline.NamedLocations(item.LabelText, pathology)).Text
            : item.LabelText;
    }
}
