using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Core.Tests.Diffusion;

[Trait("Category", "quick")]
public class NoiseScheduleTests
{
    internal static SchedulerConfiguration Published { get; } =
        new()
        {
            NumTrainTimesteps = 1000,
            Schedule = "scaled_linear_beta",
            BetaStart = 0.0015,
            BetaEnd = 0.0205,
            PredictionType = "v_prediction",
        };

    [Fact]
    public void AlphasCumprod_ScaledLinear_EqualsReference()
    {
        using SafetensorsFile reference = SafetensorsFile.Open(Fixtures.Path("scheduler/scheduler.safetensors"));
        double[] betas = reference.ReadDouble("betas_f64");
        double[] alphas = reference.ReadDouble("alphas_cumprod_f64");
        float[] single = reference.ReadFloat32("alphas_cumprod_f32");
        NoiseSchedule schedule = new(Published);
        Assert.Equal(1000, schedule.NumTrainTimesteps);
        for (int t = 0; t < 1000; t++)
        {
            // Both are double precision; only the order of roundings differs.
            Assert.Equal(betas[t], schedule.Betas[t], 1e-15);
            Assert.Equal(alphas[t], schedule.AlphasCumprod[t], 1e-13);
            Assert.Equal(single[t], schedule.AlphasCumprod[t], 1e-6); // tolerance of the fixture: its own single-precision error is 2.2e-7
        }
    }

    [Fact]
    public void Betas_Linear_AreEvenlySpaced()
    {
        NoiseSchedule schedule = new(Published with { Schedule = "linear_beta", NumTrainTimesteps = 3, BetaStart = 0.1, BetaEnd = 0.3 });
        double[] wanted = [0.1, 0.2, 0.3];
        for (int t = 0; t < 3; t++)
        {
            Assert.Equal(wanted[t], schedule.Betas[t], 1e-15);
        }

        Assert.Equal(0.9 * 0.8 * 0.7, schedule.AlphasCumprod[2], 1e-15);
    }

    [Theory]
    [InlineData(-1, 1.0)]
    [InlineData(1000, 0.0)]
    [InlineData(5000, 0.0)]
    public void AlphaBar_OutsideTraining_IsCleanOrNoise(int timestep, double expected) =>
        Assert.Equal(expected, new NoiseSchedule(Published).AlphaBar(timestep));

    [Fact]
    public void AddNoiseAndVelocity_ReferenceBatch_EqualReference()
    {
        using SafetensorsFile reference = SafetensorsFile.Open(Fixtures.Path("scheduler/scheduler.safetensors"));
        float[] clean = reference.ReadFloat32("an_z");
        float[] noise = reference.ReadFloat32("an_noise");
        long[] timesteps = reference.ReadInt64("an_t");
        float[] noisy = reference.ReadFloat32("an_out");
        float[] velocity = reference.ReadFloat32("an_velocity");
        NoiseSchedule schedule = new(Published);
        int size = clean.Length / timesteps.Length;
        float[] result = new float[size];
        for (int b = 0; b < timesteps.Length; b++)
        {
            Range range = (b * size)..((b + 1) * size);
            schedule.AddNoise(clean.AsSpan(range), noise.AsSpan(range), (int)timesteps[b], result);
            // One multiply-add in single precision on values up to 4; the reference's coefficients are single precision too.
            Assert.True(MaxAbs(noisy.AsSpan(range), result) <= 2e-6);
            schedule.Velocity(clean.AsSpan(range), noise.AsSpan(range), (int)timesteps[b], result);
            Assert.True(MaxAbs(velocity.AsSpan(range), result) <= 2e-6);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1000)]
    public void AddNoise_TimestepOutside_Throws(int timestep) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new NoiseSchedule(Published).AddNoise([1f], [1f], timestep, new float[1]));

    [Fact]
    public void AddNoise_LengthsDiffer_Throws() =>
        Assert.Throws<ArgumentException>(() => new NoiseSchedule(Published).AddNoise([1f, 2f], [1f], 3, new float[2]));

    [Fact]
    public void Constructor_EverythingWrong_ListsEveryProblem()
    {
        SchedulerConfiguration wrong = new()
        {
            NumTrainTimesteps = 0,
            Schedule = "cosine",
            BetaStart = 0,
            BetaEnd = 1,
            PredictionType = "sample",
        };
        ConfigurationException error = Assert.Throws<ConfigurationException>(() => new NoiseSchedule(wrong));
        Assert.Equal(
            [
                "num_train_timesteps 0: must be at least 1",
                "beta_start 0: must lie between 0 and 1",
                "beta_end 1: must lie between 0 and 1",
                "schedule 'cosine': known are scaled_linear_beta and linear_beta",
                "prediction_type 'sample': known are v_prediction and epsilon",
            ],
            error.Problems
        );
    }

    internal static double MaxAbs(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        Assert.Equal(a.Length, b.Length);
        double worst = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double difference = Math.Abs((double)a[i] - b[i]);
            if (!(difference <= worst))
            {
                worst = difference; // NaN stays
            }

            if (double.IsNaN(worst))
            {
                return double.NaN;
            }
        }

        return worst;
    }
}
