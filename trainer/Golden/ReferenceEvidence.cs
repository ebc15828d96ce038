using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Diffusion;
using CxrOnnx.Trainer.Models.UNet;
using CxrOnnx.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Golden;

/// <summary>
/// Evidence maps (docs/evidence.md) with TorchSharp, kept simple and slow: what the runtime's are compared with. Shares with the runtime
/// the seeded noise, the schedule's coefficients and the finish of the attention heatmap; noising, errors, smoothing and joining are done
/// here once more, as tensor operations in float64 after the U-Net. Not thread-safe.
/// </summary>
/// <param name="unet">The denoiser; its device and type are used. Owned by the caller.</param>
/// <param name="configuration">The model.</param>
/// <param name="recipe">Noise, smoothing and weights.</param>
/// <param name="attention">The preset whose attention is used.</param>
public sealed class ReferenceEvidence(
    DiffusionModelUNet unet,
    ModelConfiguration configuration,
    EvidenceRecipe recipe,
    BundlePreset attention
)
{
    private readonly Device _device = DeviceTransfer.DeviceOf(unet);

    /// <summary>What a phrase does to the prediction of an image's noise.</summary>
    /// <param name="latents">z_0, float32 [1, Cz, h, w], already multiplied by the latent scale. Read only.</param>
    /// <param name="emptyPrompt">Text encoder states of the empty prompt, [1, S, W].</param>
    /// <param name="prompt">Text encoder states of the phrase, [1, S, W].</param>
    /// <returns>
    /// The errors r under the empty prompt, float32 [N, Cz, h, w] (a pair of opposite noises per time step), and, as means over noise and
    /// channels, r d and d^2, float64 [h, w], with d what the phrase adds to the prediction. Owned by the caller.
    /// </returns>
    public (Tensor Residual, Tensor Agreement, Tensor Change) PredictNoise(Tensor latents, Tensor emptyPrompt, Tensor prompt)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        NoiseSchedule schedule = new(configuration.Scheduler);
        List<Tensor> residuals = [];
        List<Tensor> added = [];
        foreach ((int i, int timestep) in recipe.Timesteps.Index())
        {
            float[] noise = new float[latents.numel()];
            SeededNoise.Fill(recipe.Seed, i, noise);
            double alpha = Math.Sqrt(schedule.AlphaBar(timestep));
            double sigma = Math.Sqrt(1 - schedule.AlphaBar(timestep));
            foreach (double sign in new[] { 1.0, -1 })
            {
                Tensor drawn = tensor(noise, latents.shape).MoveTo(_device).Times(sign);
                Tensor noisy = latents.Times(alpha).Plus(drawn.Times(sigma));
                Tensor target = schedule.Prediction == PredictionType.Epsilon ? drawn : drawn.Times(alpha).Plus(latents.Times(-sigma));
                Tensor step = tensor([(long)timestep]).MoveTo(_device);
                Tensor empty = unet.Forward(noisy, step, emptyPrompt).Sample!;
                residuals.Add(target - empty);
                added.Add(unet.Forward(noisy, step, prompt).Sample! - empty);
            }
        }

        Tensor r = cat(residuals);
        Tensor d = cat(added).to(ScalarType.Float64);
        Tensor agreement = (r.to(ScalarType.Float64) * d).mean([0, 1]);
        return (r.MoveToOuterDisposeScope(), agreement.MoveToOuterDisposeScope(), d.Squared().mean([0, 1]).MoveToOuterDisposeScope());
    }

    /// <summary>The attention heatmap of the recipe's preset.</summary>
    /// <param name="latents">As in <see cref="PredictNoise"/>.</param>
    /// <param name="emptyPrompt">Text encoder states of the empty prompt, [1, S, W].</param>
    /// <param name="prompt">Text encoder states of the phrase, [1, S, W].</param>
    /// <param name="positions">Positions of the phrase's own tokens.</param>
    /// <param name="image">Size of the model's image.</param>
    public ModelHeatmap Attend(Tensor latents, Tensor emptyPrompt, Tensor prompt, ReadOnlySpan<int> positions, GridSize image)
    {
        int[] layers = [.. configuration.Grounding.Layers];
        int[] tokens = positions.ToArray();
        GridSize grid = new((int)latents.shape[2], (int)latents.shape[3]);
        AttentionAggregation aggregation = new(image);
        using IDisposable noGradient = no_grad();
        foreach ((int timestep, float[] state) in PresetTrajectory.States(unet, configuration, attention, latents, emptyPrompt))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor sample = tensor(state, latents.shape).MoveTo(_device);
            using UNetOutput output = unet.Forward(sample, tensor([(long)timestep]).MoveTo(_device), prompt, layers);
            foreach (int layer in layers)
            {
                Tensor map = output.Attention[layer];
                aggregation.Add(DeviceTransfer.ToArray(map[0]), ReferenceAttention.GridOf(map.shape[1], grid), tokens);
            }
        }

        return new HeatmapPostprocessor(configuration.Grounding).Apply(aggregation.Mean(), image);
    }

    /// <summary>Joins attention and gain to the evidence map.</summary>
    /// <param name="attention">The attention heatmap on the model's square, a whole multiple of the latents' grid.</param>
    /// <param name="agreement">Mean of r d, float64 [h, w].</param>
    /// <param name="change">Mean of d^2, float64 [h, w].</param>
    /// <returns>
    /// The matched filter mean(r d) / sqrt(mean(d^2)) under the attention, 0 where there is none; and the map in [0, 1] on the attention's
    /// grid.
    /// </returns>
    public (double Score, float[] Heatmap) Join(ModelHeatmap attention, Tensor agreement, Tensor change)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        (long rows, long columns) = (agreement.shape[0], agreement.shape[1]);
        GridSize square = attention.Grid;
        Tensor drawn = tensor(attention.Values, [1, 1, square.Rows, square.Columns]).MoveTo(_device).to(ScalarType.Float64);
        long[] cell = [square.Rows / rows, square.Columns / columns];
        Tensor place = nn.functional.avg_pool2d(drawn, cell, cell)[0, 0];
        double under = Number((place * change).sum()) * Number(place.sum());
        double score = under > 0 ? Number((place * agreement).sum()) / Math.Sqrt(under) : 0;

        double sigma = recipe.Smoothing * Math.Max(rows, columns);
        (Tensor down, Tensor across) = (Smoothing((int)rows, sigma), Smoothing((int)columns, sigma).t());
        place = down.matmul(place).matmul(across);
        Tensor gain = down.matmul(agreement.Times(2) - change).matmul(across);
        double largest = Number(gain.max());
        gain = gain.AtLeast(0).Times(largest > 0 ? 1 / largest : 0);
        Tensor both = (place.AtLeast(0) * gain).sqrt();
        EvidenceWeights weights = recipe.Weights;
        Tensor odds = place
            .Times(weights.Attention)
            .Plus(gain.Times(weights.Gain))
            .Plus(both.Times(weights.Both))
            .AddInPlace(weights.Intercept);
        Tensor probability = odds.sigmoid().log().Times(recipe.Exponent).exp();
        Tensor map = nn.functional.interpolate(
            probability.unsqueeze(0).unsqueeze(0),
            [square.Rows, square.Columns],
            mode: InterpolationMode.Bilinear,
            align_corners: false
        );
        (Tensor low, Tensor range) = (map.min(), map.max() - map.min());
        map = Number(range) > 0 ? (map - low) / range : map - low;
        return (score, DeviceTransfer.ToArray(map.to(ScalarType.Float32)));
    }

    /// <summary>
    /// Gaussian smoothing of one axis as a matrix [length, length]: scipy.ndimage.gaussian_filter1d, cut at radius int(4 sigma + 0.5),
    /// edges mirrored with the edge cell repeated.
    /// </summary>
    private Tensor Smoothing(int length, double sigma)
    {
        int radius = (int)((4 * sigma) + 0.5);
        double[] weights = [.. Enumerable.Range(-radius, (2 * radius) + 1).Select(k => Math.Exp(-k * k / (2 * sigma * sigma)))];
        double[] matrix = new double[length * length];
        for (int i = 0; i < length; i++)
        {
            for (int k = -radius; k <= radius; k++)
            {
                int j = i + k;
                while (j < 0 || j >= length)
                {
                    j = j < 0 ? -1 - j : (2 * length) - 1 - j;
                }

                matrix[(i * length) + j] += weights[k + radius] / weights.Sum();
            }
        }

        return tensor(matrix, [length, length]).MoveTo(_device);
    }

    private static double Number(Tensor scalar) => scalar.cpu().data<double>()[0];
}
