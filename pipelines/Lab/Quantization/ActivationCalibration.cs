using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Exporter.Quantization;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Workflows.Ground;

namespace CxrOnnx.Lab.Quantization;

/// <summary>
/// Runs a float32 bundle whose denoiser shows its activations on what groundings give it: the exact trajectory of each image with the empty
/// prompt, and the window's latents with prompts of the vocabulary.
/// </summary>
internal sealed class ActivationCalibration
{
    // Both kinds of evaluation see what they will see: the whole trajectory without a prompt, the window with prompts.
    private const int TrajectoryStride = 8;
    private const int WindowStride = 5;
    private const string Output = "out_sample";

    private readonly GroundingModel _model;
    private readonly long[] _latentShape;

    /// <summary>Computes the samples.</summary>
    /// <param name="model">The observed bundle.</param>
    /// <param name="images">Radiographs.</param>
    public ActivationCalibration(GroundingModel model, IReadOnlyList<GrayImage> images)
    {
        _model = model;
        GridSize latents = GridSize.Square(model.Configuration.LatentSide);
        _latentShape = [1, model.Configuration.UNet.InChannels, latents.Rows, latents.Columns];
        GroundingPipeline grounder = new(model);
        Prompts = StandardPhrases.Prompts(grounder);
        float[] empty = model.EmptyPromptStates.ToArray();
        List<UNetSample> samples = [];
        for (int i = 0; i < images.Count; i++)
        {
            samples.AddRange(Follow(grounder, images[i], i, empty));
        }

        Samples = samples;
    }

    /// <summary>The standard prompts that the bundle knows.</summary>
    public IReadOnlyList<string> Prompts { get; }

    /// <summary>The inputs to calibrate on.</summary>
    public IReadOnlyList<UNetSample> Samples { get; }

    /// <summary>The range of every layer's activations.</summary>
    public IReadOnlyDictionary<string, LayerRanges> Ranges(IReadOnlyList<ObservedLayer> layers, RangeMethod method)
    {
        string[] names = [.. layers.SelectMany(layer => new[] { layer.Input, layer.Output })];
        Dictionary<string, ActivationValues> values = names.ToDictionary(name => name, _ => new ActivationValues());
        foreach (UNetSample sample in Samples)
        {
            foreach (GraphTensor tensor in _model.Run("denoiser", Inputs(sample), names))
            {
                values[tensor.Name].Add(tensor.Floats);
            }
        }

        return layers.ToDictionary(
            layer => layer.Layer,
            layer => new LayerRanges(values[layer.Input].Range(method), values[layer.Output].Range(method))
        );
    }

    /// <summary>What the U-Net of a bundle gives for a sample: its prediction and its attention maps, each as one vector.</summary>
    public (float[] Prediction, float[] Attention) Evaluate(GroundingModel model, UNetSample sample)
    {
        string[] maps = [.. model.Manifest.Graphs["attention"].Outputs.Select(output => output.Name)];
        return (
            model.Run("denoiser", Inputs(sample), [Output])[0].Floats!,
            [.. model.Run("attention", Inputs(sample), maps).SelectMany(map => map.Floats!)]
        );
    }

    private IEnumerable<UNetSample> Follow(GroundingPipeline grounder, GrayImage image, int number, float[] empty)
    {
        int side = _model.Configuration.Image.Size;
        float[] latents = _model.EncodeImage(Preprocessor.ToModelInput(image, side), GridSize.Square(side)).Floats!;
        HashSet<int> window = [.. grounder.Plan.Steps.Where((_, i) => i % WindowStride == WindowStride / 2)];
        int last = grounder.Plan.Steps[^1];
        for (int k = 0; k <= last; k++)
        {
            UNetSample sample = new([.. latents], _model.Timesteps[k], empty, number);
            if (k % TrajectoryStride == 0)
            {
                yield return sample;
            }

            if (window.Contains(k))
            {
                yield return sample with
                {
                    Context = Context(grounder, Prompts[((number * last) + k) % Prompts.Count]),
                };
            }

            _model.Inversion.Step(k, latents, _model.Run("denoiser", Inputs(sample), [Output])[0].Floats, latents);
        }
    }

    private float[] Context(GroundingPipeline grounder, string prompt) => _model.EncodeText([.. grounder.Encode(prompt).Ids], 1);

    private GraphTensor[] Inputs(UNetSample sample)
    {
        int tokens = _model.Configuration.TextEncoder.MaxPositionEmbeddings;
        return
        [
            GraphTensor.Float32("sample", sample.Latents, _latentShape),
            GraphTensor.Int64("timestep", [sample.Timestep], 1),
            GraphTensor.Float32("encoder_hidden_states", sample.Context, 1, tokens, sample.Context.Length / tokens),
        ];
    }
}
