using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Diffusion;
using CxrOnnx.Trainer.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.PromptTuning;

/// <summary>
/// A quick look at how well a model grounds, with the TorchSharp modules: what training is steered by. The figures that count come from
/// <c>cxr evaluate</c> on an exported bundle.
/// </summary>
public sealed class GroundingCheck
{
    private readonly LatentDataSet _data;
    private readonly IReadOnlyList<GroundingCase> _cases;
    private readonly GridSize _grid;
    private readonly Dictionary<int, Tensor> _states = [];

    /// <summary>Chooses the cases: every finding of the images, in order.</summary>
    /// <param name="data">Held-out data; owned by the caller.</param>
    /// <param name="imageSize">Side of the model's square in pixels.</param>
    /// <param name="cases">How many cases at most.</param>
    public GroundingCheck(LatentDataSet data, int imageSize, int cases)
    {
        _data = data;
        _grid = new GridSize(imageSize, imageSize);
        _cases =
        [
            .. data
                .Records.SelectMany((record, position) => record.Findings.Select(finding => new GroundingCase(position, finding)))
                .Take(cases),
        ];
    }

    /// <summary>The cases.</summary>
    public IReadOnlyList<GroundingCase> Cases => _cases;

    /// <summary>Scores the model's heatmaps.</summary>
    /// <param name="name">Name of the result.</param>
    /// <param name="model">
    /// Model, with whichever embedding rows it has now. The inversion (empty prompt) is computed once and reused.
    /// </param>
    /// <param name="layers">Layers to average; null = those of the configuration.</param>
    /// <param name="otsu">Whether to apply the Otsu mask.</param>
    /// <param name="gaussianSigma">Standard deviation of the Gaussian filter in model pixels; null = that of the configuration.</param>
    public GroundingScore Score(
        string name,
        LatentDiffusionModel model,
        IReadOnlyList<int>? layers = null,
        bool otsu = false,
        double? gaussianSigma = null
    )
    {
        using IDisposable noGrad = no_grad();
        HeatmapPostprocessor finish = new(gaussianSigma ?? model.Configuration.Grounding.GaussianSigma, otsu);
        IReadOnlyList<int> range = model.Configuration.Grounding.StepRange;
        Invert(model);
        InferenceTimesteps schedule = InferenceTimesteps.Trailing(
            model.Configuration.Grounding.NumInferenceSteps,
            model.Schedule.NumTrainTimesteps
        );
        long[] timesteps = [.. Enumerable.Range(range[0], range[1] - range[0]).Select(k => (long)schedule[k])];
        return Score(
            name,
            item =>
            {
                using DisposeScope scope = NewDisposeScope();
                layers ??= model.Configuration.Grounding.Layers;
                Tensor context = model.Encode([item.Finding.Prompt]).expand(timesteps.Length, -1, -1);
                IReadOnlyDictionary<int, Tensor> attention = model
                    .UNet.Forward(
                        _states[item.Position],
                        tensor(timesteps).MoveTo(model.Device),
                        context,
                        [.. layers],
                        stopAfterLastAttention: true
                    )
                    .Attention;
                Tensor own = model.OwnTokens([item.Finding.Prompt]);
                AttentionAggregation aggregation = new(_grid);
                foreach (Tensor maps in attention.Values)
                {
                    Tensor mean = GroundingLoss.TokenMean(maps.unsqueeze(0).unsqueeze(2), own).reshape(maps.shape[0], -1); // [T, D]
                    int side = (int)Math.Round(Math.Sqrt(mean.shape[1]));
                    float[] values = DeviceTransfer.ToArray(mean);
                    foreach (float[] map in values.Chunk(side * side))
                    {
                        aggregation.AddTokenMean(map, new GridSize(side, side));
                    }
                }

                return finish.Apply(aggregation.Mean(), _grid).Values;
            }
        );
    }

    /// <summary>Scores the locations' Gaussians, drawn without looking at the image.</summary>
    public GroundingScore ScorePrior(LocationAtlas atlas) =>
        Score("prior", item => atlas.Map(PhantomAtlas.Locations(item.Finding), _grid.Rows, _grid.Columns));

    private GroundingScore Score(string name, Func<GroundingCase, float[]> heatmap)
    {
        double contrast = 0,
            iou = 0;
        foreach (GroundingCase item in _cases)
        {
            Heatmap map = new(new ImageSize(_grid.Columns, _grid.Rows), heatmap(item));
            PixelBox[] boxes = [.. item.Finding.Boxes.Select(box => new PixelBox(box[0], box[1], box[2], box[3]))];
            contrast += ContrastToNoiseRatio.Compute(map, boxes) / _cases.Count;
            iou += MeanIoU.Compute(map, boxes) / _cases.Count;
        }

        return new GroundingScore(name, _cases.Count, contrast, iou);
    }

    private void Invert(LatentDiffusionModel model)
    {
        IReadOnlyList<int> range = model.Configuration.Grounding.StepRange;
        int[] missing = [.. _cases.Select(item => item.Position).Distinct().Where(position => !_states.ContainsKey(position))];
        foreach (int[] batch in missing.Chunk(16))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor states = Trajectory.Invert(
                model,
                _data.Batch(batch).MoveTo(model.Device),
                model.Configuration.Grounding.NumInferenceSteps,
                range[0],
                range[1]
            );
            for (int i = 0; i < batch.Length; i++)
            {
                _states[batch[i]] = states[i].clone().DetachFromDisposeScope();
            }
        }
    }
}
