using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Evaluation.Bench;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;

namespace CxrOnnx.Lab.Benchmarks;

/// <summary>The exported graphs on the same image and the same text states.</summary>
internal sealed class BundleSide : IDisposable
{
    /// <summary>
    /// Samples per call of the attention graph where single evaluations are timed; what the default memory budget gives at the real size.
    /// </summary>
    public const int AttentionBatch = 5;

    private readonly BenchClock _clock;
    private readonly Bundle _bundle;
    private readonly GridSize _size;

    public BundleSide(BenchClock clock, string path, GroundingModelOptions options)
    {
        _clock = clock;
        _bundle = Bundle.Open(path);
        Model = GroundingModel.Load(_bundle, options);
        _size = GridSize.Square(Model.Configuration.Image.Size);
    }

    public GroundingModel Model { get; }

    /// <summary>Seconds of the VAE's encoder.</summary>
    public double TimeVae(float[] image) => _clock.Time(() => Model.EncodeImage(image, _size));

    /// <summary>Seconds of the text encoder on one prompt.</summary>
    public double TimeText(long[] ids) => _clock.Time(() => Model.EncodeText(ids, 1));

    /// <summary>Seconds of one evaluation of the whole U-Net, averaged over some.</summary>
    public double TimeDenoiser(float[] states, int evaluations) => TimeGraph("denoiser", ["out_sample"], states, 1, evaluations);

    /// <summary>
    /// Seconds of one evaluation of the truncated U-Net in batches of <see cref="AttentionBatch"/>, averaged over some batches.
    /// </summary>
    /// <param name="states">Text states of one prompt.</param>
    /// <param name="shared">Whether the prompts of a batch share one sample, where the bundle can do that.</param>
    /// <param name="batches">Calls.</param>
    public double TimeAttention(float[] states, bool shared, int batches) =>
        TimeGraph(
            "attention",
            [.. Model.Manifest.Graphs["attention"].Outputs.Select(output => output.Name)],
            states,
            AttentionBatch,
            batches,
            shared && Model.SharesSamples ? 1 : AttentionBatch
        ) / AttentionBatch;

    /// <summary>Samples that the truncated U-Net is evaluated on for some prompts at some steps, in such batches.</summary>
    public int AttentionSamples(int steps, int prompts) =>
        steps * (Model.SharesSamples ? (prompts + AttentionBatch - 1) / AttentionBatch : prompts);

    /// <summary>Grounds phrases from the image, text encoder included.</summary>
    public (IReadOnlyList<float[]> Heatmaps, double Seconds) Ground(
        string preset,
        float[] image,
        float[] empty,
        IReadOnlyList<PromptContext> prompts,
        long[] ids,
        CancellationToken cancellation
    )
    {
        GroundingPipeline grounder = new(Model, new GroundingOptions { Preset = preset, Confidence = false });
        List<float[]> heatmaps = [];
        double seconds = _clock.Time(() =>
        {
            _ = Model.EncodeText(ids, prompts.Count, cancellation);
            using ImageTrajectory trajectory = grounder.Invert(image, _size, empty, null, cancellation);
            heatmaps.AddRange(grounder.Ground(trajectory, prompts, null, cancellation).Select(map => map.Heatmap.Values));
        });
        return (heatmaps, seconds);
    }

    /// <summary>The plan of a preset.</summary>
    public GroundingPlan Plan(string preset) => new GroundingPipeline(Model, new GroundingOptions { Preset = preset }).Plan;

    public void Dispose()
    {
        Model.Dispose();
        _bundle.Dispose();
    }

    private double TimeGraph(string graph, IReadOnlyList<string> outputs, float[] states, int batch, int runs, int? distinct = null)
    {
        int side = _size.Rows / Model.Configuration.Vae.DownsamplingFactor;
        int channels = Model.Configuration.UNet.InChannels;
        int context = Model.Configuration.TextEncoder.MaxPositionEmbeddings;
        int samples = distinct ?? batch;
        float[] sample = new float[samples * channels * side * side];
        Core.Diffusion.SeededNoise.Fill(1, 0, sample);
        long[] timesteps = new long[samples];
        Array.Fill(timesteps, Model.Timesteps[Model.Timesteps.Count / 2]);
        GraphTensor[] inputs =
        [
            GraphTensor.Float32("sample", sample, samples, channels, side, side),
            GraphTensor.Int64("timestep", timesteps, samples),
            GraphTensor.Float32(
                "encoder_hidden_states",
                [.. Enumerable.Repeat(states, batch).SelectMany(state => state)],
                batch,
                context,
                states.Length / context
            ),
        ];
        return _clock.Time(() =>
            {
                for (int i = 0; i < runs; i++)
                {
                    Model.Run(graph, inputs, outputs);
                }
            }) / runs;
    }
}
