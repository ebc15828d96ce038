using System.Text.Json;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Tests;
using CxrOnnx.Trainer.Diffusion;
using CxrOnnx.Trainer.Models;
using CxrOnnx.Trainer.Models.UNet;
using CxrOnnx.Trainer.Models.Vae;
using CxrOnnx.Trainer.Tests.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Tests.Diffusion;

/// <summary>
/// The authors' procedure from image to heatmap against their own code's results: image 0 (192 x 192), prompt 1, 100 steps.
/// </summary>
[Trait("Category", "slow")]
public sealed class ReferenceSamplerTests
{
    private const string Pair = "n100_img0_p1";

    // Bounds of tests/golden/README.md, section e2e. The reference differs from float64 by 1.1e-5 and 7e-7.
    private const double LatentTolerance = 5e-4;
    private const double MapTolerance = 5e-5;
    private const double AttentionTolerance = 2e-5;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static readonly GridSize Image = new(192, 192);
    private static readonly int[] Tokens = [1, 2, 3];

    [Fact]
    public void Invert_PublishedProcedure_GivesThePublishedMapsForBothVariants()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using ITensorFile file = ReferenceModels.Open("e2e/e2e.safetensors");
        using AutoencoderKL vae = ReferenceModels.Vae();
        using DiffusionModelUNet unet = ReferenceModels.UNet();
        Tensor latents = vae.Encode(StateDictLoader.Read(file, "image_0")).Mean * 0.3;
        ReferenceModels.AssertClose("z0", file, "z0_0", latents, 0.3 * 5e-4); // the autoencoder's bound, scaled

        ReferenceSampler sampler = Sampler(unet, Configuration(otsu: true, 3, 4, 6, 7));
        AttentionAggregation frozen = new(Image);
        AttentionAggregation tuned = new(Image);
        List<float> every10 = [];
        SortedDictionary<int, List<float>> tokenMeans = [];
        sampler.Invert(
            latents,
            Context(file, 0),
            Context(file, 1),
            step =>
            {
                if (step.Index % 10 == 0)
                {
                    every10.AddRange(step.Latents);
                }

                if (step.Index is < 40 or >= 60)
                {
                    return;
                }

                for (int layer = 3; layer <= 7; layer++)
                {
                    ReferenceAttention attention = step.Attention[layer];
                    float[] mean = new float[attention.Grid.CellCount];
                    AttentionAggregation.TokenMean(attention.Conditional, attention.Grid, Tokens, mean);
                    tokenMeans.TryAdd(layer, []);
                    tokenMeans[layer].AddRange(mean);
                    if (layer != 5)
                    {
                        frozen.Add(attention.Conditional, attention.Grid, Tokens);
                    }

                    if (layer != 3)
                    {
                        tuned.Add(attention.Conditional, attention.Grid, Tokens);
                    }
                }

                if (step.Index == 40)
                {
                    Assert.Equal(409, step.Timestep);
                    Tensor both = tensor([.. step.Attention[4].Unconditional, .. step.Attention[4].Conditional], [2, 36, 77]);
                    ReferenceModels.AssertClose(
                        "attention of layer 4 at step 40",
                        file,
                        $"{Pair}_attn_layer4_step40",
                        both,
                        AttentionTolerance
                    );
                }
            },
            Cancellation
        );

        Assert.Equal(200, sampler.EvaluationCount);
        ReferenceModels.AssertClose("latents", file, $"{Pair}_latent_every10", tensor([.. every10], [10, 3, 24, 24]), LatentTolerance);
        ReferenceModels.AssertClose(
            "token means",
            file,
            $"{Pair}_tokmean_layers3to7",
            tensor([.. tokenMeans.Values.SelectMany(maps => maps)]),
            AttentionTolerance
        );

        float[] smoothed = tuned.Mean();
        new GaussianFilter(2.5).Apply(smoothed, Image);
        ReferenceModels.AssertClose("tuned, filtered", file, $"{Pair}_paper_gauss", Map(smoothed), MapTolerance);

        ModelHeatmap final = new HeatmapPostprocessor(2.5, otsu: true).Apply(frozen.Mean(), Image);
        using JsonDocument info = JsonDocument.Parse(File.ReadAllText(Fixtures.Path("e2e/info.json")));
        float threshold = info.RootElement.GetProperty("pairs").GetProperty(Pair).GetProperty("otsu_threshold")[0].GetSingle();
        Assert.Equal(threshold, final.OtsuThreshold!.Value, 1 / 256f); // one bin
        float[] expected = file.ReadFloat32($"{Pair}_vios_final");

        // Pixels whose value lies within rounding of the threshold may fall on the other side of it.
        int different = expected.Zip(final.Values).Count(pair => Math.Abs(pair.First - pair.Second) > 5 * MapTolerance);
        Assert.InRange(different, 0, 0.002 * expected.Length);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"final map: {different} of {expected.Length} pixels differ; Otsu {final.OtsuThreshold} (reference {threshold})"
        );
    }

    [Fact]
    public void Ground_SameSettings_IsWhatTheStepsGive()
    {
        using DisposeScope scope = NewDisposeScope();
        using ITensorFile file = ReferenceModels.Open("e2e/e2e.safetensors");
        using DiffusionModelUNet unet = ReferenceModels.UNet();
        ModelConfiguration configuration = Configuration(otsu: false, 4, 5, 6, 7);
        ReferenceSampler sampler = Sampler(
            unet,
            configuration with
            {
                Grounding = configuration.Grounding with { NumInferenceSteps = 5, StepRange = [1, 3] },
            }
        );
        Tensor latents = StateDictLoader.Read(file, "z0_0")[.., .., .., ..16].contiguous();
        AttentionAggregation expected = new(new GridSize(192, 128));
        sampler.Invert(
            latents,
            Context(file, 0),
            Context(file, 1),
            step =>
            {
                Assert.Equal(new GridSize(6, 4), step.Attention[4].Grid);
                Assert.Equal(new GridSize(12, 8), step.Attention[0].Grid);
                if (step.Index is 1 or 2)
                {
                    foreach (int layer in (int[])[4, 5, 6, 7])
                    {
                        expected.Add(step.Attention[layer].Conditional, step.Attention[layer].Grid, Tokens);
                    }
                }
            },
            Cancellation
        );
        ModelHeatmap heatmap = sampler.Ground(latents, Context(file, 0), Context(file, 1), Tokens, expected.Target, Cancellation);
        Assert.Equal(20, sampler.EvaluationCount);
        Assert.Equal(new HeatmapPostprocessor(2.5, otsu: false).Apply(expected.Mean(), expected.Target).Values, heatmap.Values);
    }

    [Fact]
    public void Invert_GuidanceOne_FollowsThePromptAlone()
    {
        using DisposeScope scope = NewDisposeScope();
        using ITensorFile file = ReferenceModels.Open("e2e/e2e.safetensors");
        using DiffusionModelUNet unet = ReferenceModels.UNet();
        ModelConfiguration configuration = Configuration(otsu: false, 4);
        configuration = configuration with { Grounding = configuration.Grounding with { NumInferenceSteps = 3, StepRange = [0, 1] } };
        Tensor latents = StateDictLoader.Read(file, "z0_0");
        float[] guided = Sampler(unet, configuration, guidance: 1)
            .Invert(latents, Context(file, 0), Context(file, 1), _ => { }, Cancellation);
        float[] prompted = Sampler(unet, configuration).Invert(latents, Context(file, 1), Context(file, 1), _ => { }, Cancellation);
        ReferenceModels.AssertClose("guided by 1", tensor(prompted), tensor(guided), 1e-4); // u + (c - u) rounds differently from c
    }

    internal static ModelConfiguration Configuration(bool otsu, params int[] layers) =>
        new()
        {
            Name = "reference",
            Image = new ImageConfiguration { Size = 192, LatentScale = 0.3 },
            Vae = ReferenceModels.VaeConfiguration,
            UNet = ReferenceModels.UNetConfiguration,
            TextEncoder = ReferenceModels.TextConfiguration,
            Scheduler = new SchedulerConfiguration
            {
                NumTrainTimesteps = 1000,
                Schedule = "scaled_linear_beta",
                BetaStart = 0.0015,
                BetaEnd = 0.0205,
                PredictionType = "v_prediction",
            },
            Grounding = new GroundingConfiguration
            {
                NumInferenceSteps = 100,
                StepRange = [40, 60],
                Layers = layers,
                Otsu = otsu,
                GaussianSigma = 2.5,
            },
        };

    private static ReferenceSampler Sampler(DiffusionModelUNet unet, ModelConfiguration configuration, double guidance = 0) =>
        new(unet, configuration.Scheduler, configuration.Grounding) { GuidanceScale = guidance };

    private static Tensor Context(ITensorFile file, int prompt) => StateDictLoader.Read(file, $"context_{prompt}").unsqueeze(0);

    private static Tensor Map(float[] values) => tensor(values, [Image.Rows, Image.Columns]);
}
