using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Diffusion;
using Xunit;

namespace CxrOnnx.Core.Tests.Diffusion;

[Trait("Category", "quick")]
public class DpmSolverMultistepInversionTests
{
    private static readonly int[] Window = [409, 449, 489, 529, 569];

    /// <summary>
    /// For data that are normal with standard deviation s, the best prediction is linear in x and the ODE has a closed solution:
    /// x' = x sqrt(alpha'^2 s^2 + sigma'^2) / sqrt(alpha^2 s^2 + sigma^2).
    /// </summary>
    [Theory]
    [InlineData("v_prediction", DpmSolverMultistepForm.Noise)]
    [InlineData("v_prediction", DpmSolverMultistepForm.Clean)]
    [InlineData("epsilon", DpmSolverMultistepForm.Noise)]
    [InlineData("epsilon", DpmSolverMultistepForm.Clean)]
    public void Step_NormalData_ConvergesToTheExactTrajectoryWithSecondOrder(string prediction, DpmSolverMultistepForm form)
    {
        NoiseSchedule schedule = Schedule(prediction);
        double[] errors =
        [
            .. new[] { 12, 24, 48 }.Select(evaluations =>
                Error(schedule, DpmSolverMultistepInversion.PlaceNodes(schedule, 9, Window, evaluations), form)
            ),
        ];
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{prediction} {form}: {string.Join(", ", errors.Select(error => error.ToString("E2")))}"
        );
        // Only the steps before the window become shorter: those inside it keep a floor of error, so what is left is compared.
        double[] uniform = [.. new[] { 8, 16, 32 }.Select(evaluations => Error(schedule, Uniform(schedule, evaluations), form))];
        Assert.True(errors[0] < 0.02 && errors[2] < errors[0], $"errors {string.Join(", ", errors)}");
        Assert.True(
            uniform[0] / uniform[1] > 3 && uniform[1] / uniform[2] > 3,
            $"errors {string.Join(", ", uniform)}: halving the steps must quarter them"
        );
    }

    [Theory]
    [InlineData("v_prediction", DpmSolverMultistepForm.Noise)]
    [InlineData("epsilon", DpmSolverMultistepForm.Noise)]
    [InlineData("v_prediction", DpmSolverMultistepForm.Clean)]
    public void Step_FewSteps_IsFarMoreAccurateThanDdimWithAsMany(string prediction, DpmSolverMultistepForm form)
    {
        NoiseSchedule schedule = Schedule(prediction);
        IReadOnlyList<int> nodes = Uniform(schedule, 12);
        double ddim = Relative(
            schedule,
            nodes[^1],
            spread =>
            {
                float[] x = [1];
                for (int i = 0; i + 1 < nodes.Count; i++)
                {
                    DiffusionStep step = DiffusionStep.Between(
                        schedule.AlphaBar(nodes[i]),
                        schedule.AlphaBar(nodes[i + 1]),
                        schedule.Prediction
                    );
                    step.Next(x, [Output(schedule, x[0], nodes[i], spread)], x);
                }

                return x[0];
            }
        );
        double multistep = Error(schedule, nodes, form);
        Assert.True(multistep < ddim / 4, $"multistep {multistep}, DDIM {ddim}");
    }

    [Theory]
    [InlineData("v_prediction", DpmSolverMultistepForm.Noise)]
    [InlineData("v_prediction", DpmSolverMultistepForm.Clean)]
    [InlineData("epsilon", DpmSolverMultistepForm.Noise)]
    [InlineData("epsilon", DpmSolverMultistepForm.Clean)]
    public void Step_First_IsDdimsStep(string prediction, DpmSolverMultistepForm form)
    {
        NoiseSchedule schedule = Schedule(prediction);
        DpmSolverMultistepInversion solver = new(schedule, [9, 120], form);
        float[] sample = [0.7f, -1.2f, 2f];
        float[] output = [0.1f, 0.5f, -0.3f];
        float[] expected = new float[3];
        DiffusionStep.Between(schedule.AlphaBar(9), schedule.AlphaBar(120), schedule.Prediction).Next(sample, output, expected);
        solver.Step(0, sample, output, new float[3]);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(expected[i], sample[i], 1e-5f);
        }
    }

    [Fact]
    public void PlaceNodes_Window_PassesThroughAllOfItWithGrowingSteps()
    {
        IReadOnlyList<int> nodes = DpmSolverMultistepInversion.PlaceNodes(Schedule("epsilon"), 9, Window, 12);
        Assert.Equal(13, nodes.Count);
        Assert.Equal(9, nodes[0]);
        Assert.Equal(Window, nodes.Skip(8));
        // Even in lambda: the first steps, where alpha_bar is near 1, are short in time.
        int[] steps = [.. nodes.Take(9).Zip(nodes.Skip(1), (from, to) => to - from)];
        Assert.True(steps[0] < steps[4] && steps[4] < steps[7], string.Join(", ", steps));
    }

    [Fact]
    public void PlaceNodes_OneEvaluationPerTimeStep_UsesEveryOne() =>
        Assert.Equal(Enumerable.Range(3, 8), DpmSolverMultistepInversion.PlaceNodes(Schedule("epsilon"), 3, [9, 10], 7));

    [Fact]
    public void PlaceNodes_StartIsWanted_NeedsNoLeadingEvaluation() =>
        Assert.Equal([9, 49, 89], DpmSolverMultistepInversion.PlaceNodes(Schedule("epsilon"), 9, [9, 49, 89], 2));

    [Theory]
    [InlineData(4, 9)] // none is left to reach the window
    [InlineData(405, 9)] // more than there are time steps before it
    [InlineData(5, 409)] // the window begins at the start
    public void PlaceNodes_ImpossibleNumber_SaysWhatIsPossible(int evaluations, int start)
    {
        InputException error = Assert.Throws<InputException>(() =>
            DpmSolverMultistepInversion.PlaceNodes(Schedule("epsilon"), start, Window, evaluations)
        );
        Assert.Contains($"{evaluations} evaluations", error.Message, StringComparison.Ordinal);
        Assert.Contains("are possible", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { 9, 9 })]
    [InlineData(new[] { 20, 9 })]
    [InlineData(new[] { -1, 9 })]
    [InlineData(new[] { 9, 1000 })]
    [InlineData(new int[0])]
    public void Constructor_NodesNotAscending_Throws(int[] nodes) =>
        Assert.Throws<ArgumentException>(() => new DpmSolverMultistepInversion(Schedule("epsilon"), nodes));

    private static NoiseSchedule Schedule(string prediction) =>
        new(
            new SchedulerConfiguration
            {
                NumTrainTimesteps = 1000,
                Schedule = "scaled_linear_beta",
                BetaStart = 0.0015,
                BetaEnd = 0.0205,
                PredictionType = prediction,
            }
        );

    private static IReadOnlyList<int> Uniform(NoiseSchedule schedule, int evaluations) =>
        DpmSolverMultistepInversion.PlaceNodes(schedule, 9, [569], evaluations);

    /// <summary>Largest relative error at the last node over narrow and wide data.</summary>
    private static double Error(NoiseSchedule schedule, IReadOnlyList<int> nodes, DpmSolverMultistepForm form) =>
        Relative(
            schedule,
            nodes[^1],
            spread =>
            {
                DpmSolverMultistepInversion solver = new(schedule, nodes, form);
                float[] x = [1];
                float[] memory = new float[1];
                for (int i = 0; i < solver.Evaluations; i++)
                {
                    solver.Step(i, x, [Output(schedule, x[0], nodes[i], spread)], memory);
                }

                return x[0];
            }
        );

    private static double Relative(NoiseSchedule schedule, int last, Func<double, double> solve) =>
        new[] { 0.4, 0.7, 2.0 }.Max(spread =>
        {
            double exact = Deviation(schedule, last, spread) / Deviation(schedule, 9, spread);
            return Math.Abs((solve(spread) / exact) - 1);
        });

    private static double Deviation(NoiseSchedule schedule, int timestep, double spread)
    {
        double alphaBar = schedule.AlphaBar(timestep);
        return Math.Sqrt((alphaBar * spread * spread) + 1 - alphaBar);
    }

    /// <summary>The best prediction: E[eps | x] = sigma x / (alpha^2 s^2 + sigma^2), E[x0 | x] = alpha s^2 x / (...).</summary>
    private static float Output(NoiseSchedule schedule, double x, int timestep, double spread)
    {
        double alpha = Math.Sqrt(schedule.AlphaBar(timestep));
        double sigma = Math.Sqrt(1 - schedule.AlphaBar(timestep));
        double variance = (alpha * alpha * spread * spread) + (sigma * sigma);
        double noise = sigma * x / variance;
        double clean = alpha * spread * spread * x / variance;
        return (float)(schedule.Prediction == PredictionType.Epsilon ? noise : (alpha * noise) - (sigma * clean));
    }
}
