namespace CxrOnnx.Core.Diffusion;

/// <summary>
/// Inversion (image to noise) with few evaluations: the probability-flow ODE that DDIM inversion follows in small first-order steps,
/// followed in large steps of second order, each of which also uses the prediction of the step before. Immutable and thread-safe.
/// </summary>
/// <remarks>
/// Two-step multistep exponential integrators of Lu et al. 2022, "2M" in arXiv:2211.01095, algorithm 2, in either form; they are derived
/// for any two noise levels, here the noise rises. With alpha = sqrt(alpha_bar), sigma = sqrt(1 - alpha_bar), lambda = log(alpha / sigma),
/// h = lambda' - lambda and r = h_before / h: P = (1 + 1/(2r)) p - 1/(2r) p_before, and noise form: x' = (alpha'/alpha) x - sigma' (e^h -
/// 1) P; clean form: x' = (sigma'/sigma) x - alpha' (e^-h - 1) P. The first step has no step before it and takes P = p, which is DDIM's
/// step. As in <see cref="DdimInversion"/>, the clean latent counts as the state at the first node.
/// </remarks>
public sealed class DpmSolverMultistepInversion
{
    private readonly int[] _nodes;
    private readonly Coefficients[] _steps;

    /// <summary>Prepares the coefficients of every step.</summary>
    /// <param name="schedule">The training schedule.</param>
    /// <param name="nodes">
    /// Training time steps to pass through, strictly ascending, at least one; the model is evaluated at all but the last.
    /// </param>
    /// <param name="form">What is extrapolated.</param>
    /// <exception cref="ArgumentException">The nodes are not ascending within the schedule.</exception>
    public DpmSolverMultistepInversion(
        NoiseSchedule schedule,
        IReadOnlyList<int> nodes,
        DpmSolverMultistepForm form = DpmSolverMultistepForm.Noise
    )
    {
        bool ascending =
            nodes.Count > 0
            && nodes[0] >= 0
            && nodes[^1] < schedule.NumTrainTimesteps
            && nodes.Zip(nodes.Skip(1)).All(pair => pair.First < pair.Second);
        if (!ascending)
        {
            throw new ArgumentException(
                $"nodes {string.Join(", ", nodes)}: must ascend within [0, {schedule.NumTrainTimesteps})",
                nameof(nodes)
            );
        }

        _nodes = [.. nodes];
        Form = form;
        _steps = new Coefficients[_nodes.Length - 1];
        double before = 0;
        for (int i = 0; i < _steps.Length; i++)
        {
            Level from = new(schedule.AlphaBar(_nodes[i]));
            Level to = new(schedule.AlphaBar(_nodes[i + 1]));
            double h = to.Lambda - from.Lambda;
            double half = i == 0 ? 0 : h / (2 * before);
            (double sample, double prediction) =
                form == DpmSolverMultistepForm.Noise
                    ? (to.Alpha / from.Alpha, -to.Sigma * (Math.Exp(h) - 1))
                    : (to.Sigma / from.Sigma, -to.Alpha * (Math.Exp(-h) - 1));
            (double predictionSample, double predictionOutput) = Prediction(from, schedule.Prediction, form);
            _steps[i] = new(sample, prediction * (1 + half), -prediction * half, predictionSample, predictionOutput);
            before = h;
        }
    }

    /// <summary>What is extrapolated.</summary>
    public DpmSolverMultistepForm Form { get; }

    /// <summary>The training time steps passed through, ascending; the state at the first is the clean latent.</summary>
    public IReadOnlyList<int> Nodes => _nodes;

    /// <summary>Evaluations of the model from the first node to the last.</summary>
    public int Evaluations => _steps.Length;

    /// <summary>
    /// Nodes from a first time step through given ones: those before the first given one are spread evenly over lambda = log(alpha /
    /// sigma), where the ODE's solution is smoothest, and the given ones are nodes themselves.
    /// </summary>
    /// <param name="schedule">The training schedule.</param>
    /// <param name="start">Time step of the first node.</param>
    /// <param name="wanted">Time steps whose states are wanted, ascending, none before <paramref name="start"/>.</param>
    /// <param name="evaluations">Evaluations altogether.</param>
    /// <exception cref="InputException">That many evaluations cannot be placed.</exception>
    public static IReadOnlyList<int> PlaceNodes(NoiseSchedule schedule, int start, IReadOnlyList<int> wanted, int evaluations)
    {
        int leading = evaluations - (wanted.Count - 1);
        int gap = wanted[0] - start;
        if (gap == 0 ? leading != 0 : leading < 1 || leading > gap)
        {
            throw new InputException(
                $"{evaluations} evaluations from time step {start} through {string.Join(", ", wanted)}: between "
                    + $"{wanted.Count - (gap == 0 ? 1 : 0)} and {wanted.Count - 1 + gap} are possible"
            );
        }

        double first = new Level(schedule.AlphaBar(start)).Lambda;
        double last = new Level(schedule.AlphaBar(wanted[0])).Lambda;
        List<int> nodes = [];
        int timestep = start;
        for (int i = 0; i < leading; i++)
        {
            double target = first + ((last - first) * i / leading);
            while (new Level(schedule.AlphaBar(timestep)).Lambda > target)
            {
                timestep++;
            }
            // Room for the nodes that are still to come.
            timestep = Math.Min(timestep, wanted[0] - (leading - i));
            nodes.Add(timestep++);
        }

        return [.. nodes, .. wanted];
    }

    /// <summary>One step: the state at node i -> the state at node i + 1.</summary>
    /// <param name="index">i.</param>
    /// <param name="sample">x at node i, any shape; overwritten with x at node i + 1.</param>
    /// <param name="output">The model's output at (x, node i), same length.</param>
    /// <param name="prediction">
    /// Memory of the solver, same length: on entry the prediction of the step before (ignored at i = 0), on return that of this step.
    /// </param>
    public void Step(int index, Span<float> sample, ReadOnlySpan<float> output, Span<float> prediction)
    {
        if (sample.Length != output.Length || sample.Length != prediction.Length)
        {
            throw new ArgumentException(
                $"lengths {sample.Length}, {output.Length} and {prediction.Length} of sample, output and memory differ"
            );
        }

        Coefficients step = _steps[index];
        for (int i = 0; i < sample.Length; i++)
        {
            float current = (float)((step.PredictionSample * sample[i]) + (step.PredictionOutput * output[i]));
            double history = index == 0 ? 0 : step.Before * prediction[i];
            sample[i] = (float)((step.Sample * sample[i]) + (step.Current * current) + history);
            prediction[i] = current;
        }
    }

    /// <summary>
    /// <see cref="Step"/> as weights of (sample, prediction of the step before, output): three for the next sample, then three for the
    /// prediction of this step.
    /// </summary>
    /// <param name="index">i.</param>
    /// <returns>float32 [2, 3].</returns>
    public float[] Weights(int index)
    {
        Coefficients step = _steps[index];
        return
        [
            (float)(step.Sample + (step.Current * step.PredictionSample)),
            index == 0 ? 0 : (float)step.Before,
            (float)(step.Current * step.PredictionOutput),
            (float)step.PredictionSample,
            0,
            (float)step.PredictionOutput,
        ];
    }

    /// <summary>Weights of sample and output in the noise or the clean latent they imply.</summary>
    private static (double Sample, double Output) Prediction(Level level, PredictionType type, DpmSolverMultistepForm form)
    {
        if (form == DpmSolverMultistepForm.Clean)
        {
            DiffusionStep step = DiffusionStep.Between(level.AlphaBar, 1, type);
            return (step.CleanSample, step.CleanOutput);
        }

        return type == PredictionType.Velocity ? (level.Sigma, level.Alpha) : (0, 1);
    }

    private readonly record struct Level(double AlphaBar)
    {
        public double Alpha => Math.Sqrt(AlphaBar);

        public double Sigma => Math.Sqrt(1 - AlphaBar);

        public double Lambda => 0.5 * Math.Log(AlphaBar / (1 - AlphaBar));
    }

    private readonly record struct Coefficients(
        double Sample,
        double Current,
        double Before,
        double PredictionSample,
        double PredictionOutput
    );
}
