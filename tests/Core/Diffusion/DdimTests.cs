using CsCheck;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Core.Tests.Diffusion;

[Trait("Category", "quick")]
public class DdimTests
{
    [Theory]
    [InlineData("v", 100)]
    [InlineData("v", 300)]
    [InlineData("e", 100)]
    [InlineData("e", 300)]
    public void Inversion_ReferenceOutputs_EqualsReference(string kind, int requested)
    {
        using SafetensorsFile reference = SafetensorsFile.Open(Fixtures.Path("scheduler/scheduler.safetensors"));
        float[] sample = reference.ReadFloat32("x0");
        float[] outputs = reference.ReadFloat32($"model_outputs_{requested}");
        float[] states = reference.ReadFloat32($"inv_{kind}_{requested}");
        float[] cleans = reference.ReadFloat32($"inv_{kind}_{requested}_pred_x0");
        InferenceTimesteps timesteps = InferenceTimesteps.Trailing(requested, 1000);
        DdimInversion inversion = new(Schedule(kind), timesteps);
        Assert.Equal(outputs.Length, timesteps.Count * sample.Length);
        float[] clean = new float[sample.Length];
        double worst = 0;
        double worstClean = 0;
        double largestClean = cleans.Max(Math.Abs);
        for (int k = 0; k < timesteps.Count; k++)
        {
            Range range = (k * sample.Length)..((k + 1) * sample.Length);
            inversion[k].PredictClean(sample, outputs.AsSpan(range), clean);
            worstClean = Math.Max(worstClean, NoiseScheduleTests.MaxAbs(cleans.AsSpan(range), clean));
            inversion.Step(k, sample, outputs.AsSpan(range), sample);
            worst = Math.Max(worst, NoiseScheduleTests.MaxAbs(states.AsSpan(range), sample));
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"inversion {kind} {requested}: state {worst:E2}, x0 {worstClean:E2} of {largestClean:F1}"
        );
        Assert.True(worst <= 5e-5, $"state max abs {worst}"); // tolerance of the fixture
        // epsilon divides by sqrt(alpha_bar) = 0.0098 at the last step: relative to the largest value, as for ddim_e.
        Assert.True(worstClean <= Math.Max(5e-5, 1e-5 * largestClean), $"x0 max abs {worstClean} of {largestClean}");
    }

    [Theory]
    [InlineData("v", 100)]
    [InlineData("v", 300)]
    [InlineData("e", 100)]
    [InlineData("e", 300)]
    public void Step_ReferenceOutputs_EqualsReference(string kind, int requested)
    {
        using SafetensorsFile reference = SafetensorsFile.Open(Fixtures.Path("scheduler/scheduler.safetensors"));
        float[] sample = reference.ReadFloat32("x0");
        float[] outputs = reference.ReadFloat32($"model_outputs_{requested}");
        float[] states = reference.ReadFloat32($"ddim_{kind}_{requested}");
        InferenceTimesteps timesteps = InferenceTimesteps.Trailing(requested, 1000);
        Ddim ddim = new(Schedule(kind), timesteps);
        double worst = 0;
        for (int i = 0; i < timesteps.Count; i++)
        {
            Range range = (i * sample.Length)..((i + 1) * sample.Length);
            ddim.Step(timesteps.Count - 1 - i, sample, outputs.AsSpan(range), sample);
            worst = Math.Max(worst, NoiseScheduleTests.MaxAbs(states.AsSpan(range), sample));
        }

        double tolerance = kind == "v" ? 5e-5 : 1e-5 * states.Max(Math.Abs); // tolerances of the fixture
        TestContext.Current.TestOutputHelper?.WriteLine($"ddim {kind} {requested}: {worst:E2}");
        Assert.True(worst <= tolerance, $"max abs {worst}, tolerance {tolerance}");
    }

    [Fact]
    public void Inversion_LastStep_IsThePredictedNoise()
    {
        // Beyond the last training step alpha_bar is 0: nothing of x0 remains.
        DdimInversion inversion = new(Schedule("e"), InferenceTimesteps.Trailing(100, 1000));
        Assert.Equal((0, 1), (inversion[99].NextSample, inversion[99].NextOutput));
    }

    [Fact]
    public void Step_FirstStep_IsThePredictedCleanLatent()
    {
        Ddim ddim = new(Schedule("v"), InferenceTimesteps.Trailing(100, 1000));
        Assert.Equal(ddim[0].CleanSample, ddim[0].NextSample, 1e-15);
        Assert.Equal(ddim[0].CleanOutput, ddim[0].NextOutput, 1e-15);
    }

    [Fact]
    public void Between_ThereAndBackWithTheSameNoise_IsTheSample() =>
        Gen.Select(Gen.Double[0.01, 0.999], Gen.Double[0.01, 0.999], Gen.Double[-3, 3], Gen.Double[-3, 3])
            .Sample(
                (alphaBar, next, sample, noise) =>
                {
                    DiffusionStep there = DiffusionStep.Between(alphaBar, next, PredictionType.Epsilon);
                    DiffusionStep back = DiffusionStep.Between(next, alphaBar, PredictionType.Epsilon);
                    double moved = (there.NextSample * sample) + (there.NextOutput * noise);
                    // Ten double-precision operations on numbers below 100.
                    Assert.Equal(sample, (back.NextSample * moved) + (back.NextOutput * noise), 1e-11);
                }
            );

    [Fact]
    public void Between_VelocityAndEpsilonOfTheSamePoint_Agree() =>
        Gen.Select(Gen.Double[0.01, 0.999], Gen.Double[0, 1], Gen.Double[-3, 3], Gen.Double[-3, 3])
            .Sample(
                (alphaBar, next, clean, noise) =>
                {
                    double sample = (Math.Sqrt(alphaBar) * clean) + (Math.Sqrt(1 - alphaBar) * noise);
                    double velocity = (Math.Sqrt(alphaBar) * noise) - (Math.Sqrt(1 - alphaBar) * clean);
                    DiffusionStep v = DiffusionStep.Between(alphaBar, next, PredictionType.Velocity);
                    DiffusionStep e = DiffusionStep.Between(alphaBar, next, PredictionType.Epsilon);
                    double wanted = (Math.Sqrt(next) * clean) + (Math.Sqrt(1 - next) * noise);
                    Assert.Equal(wanted, (v.NextSample * sample) + (v.NextOutput * velocity), 1e-11);
                    Assert.Equal(wanted, (e.NextSample * sample) + (e.NextOutput * noise), 1e-11);
                    Assert.Equal(clean, (v.CleanSample * sample) + (v.CleanOutput * velocity), 1e-11);
                    Assert.Equal(clean, (e.CleanSample * sample) + (e.CleanOutput * noise), 1e-11);
                }
            );

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(0.5, 1.5)]
    [InlineData(double.NaN, 0.5)]
    public void Between_AlphaBarOutside_Throws(double alphaBar, double next) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => DiffusionStep.Between(alphaBar, next, PredictionType.Velocity));

    private static NoiseSchedule Schedule(string kind) =>
        new(NoiseScheduleTests.Published with { PredictionType = kind == "v" ? "v_prediction" : "epsilon" });
}
