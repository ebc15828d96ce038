using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Layers;

namespace CxrOnnx.Exporter.Models.Fused;

/// <summary>From the image's latents to those of the steps whose attention a preset uses, inside a graph.</summary>
/// <param name="fused">The graph.</param>
/// <param name="preset">The preset.</param>
internal sealed class TrajectoryLoop(FusedGraph fused, BundlePreset preset)
{
    private const string Name = "inversion";

    private readonly GraphBuilder _graph = fused.Builder;
    private readonly Module _module = fused[Name];

    private string[] Shape => ["1", FusedGraph.Number(fused.Model.UNet.InChannels), "latent_height", "latent_width"];

    /// <summary>The latents of the preset's steps, [T, 1, Cz, h, w].</summary>
    /// <param name="inputs">The image and the empty prompt.</param>
    /// <exception cref="ArgumentException">The preset's trajectory has no steps.</exception>
    public Value Add(FusedInputs inputs) =>
        preset.Solver(fused.Schedule, fused.Timesteps) is { } solver ? Solve(inputs, solver)
        : preset.Trajectory == BundleTrajectory.Inversion ? Invert(inputs)
        : throw new ArgumentException($"trajectory {preset.Trajectory} has no steps", nameof(inputs));

    /// <summary>DDIM inversion, one evaluation for each inference step.</summary>
    private Value Invert(FusedInputs inputs)
    {
        Value first = _module.Node("Unsqueeze", [inputs.Latents, _graph.Integers(0)]);
        int rounds = preset.Steps[^1];
        if (rounds == 0)
        {
            return first;
        }

        DdimInversion inversion = new(fused.Schedule, fused.Timesteps);
        Value timesteps = fused.Integers("const/timesteps", fused.Timesteps.Ascending[..(rounds + 1)].ToArray());
        Value Coefficients(string name, Func<DiffusionStep, double> select)
        {
            float[] values = [.. Enumerable.Range(0, rounds).Select(k => (float)select(inversion[k]))];
            return _graph.Constant($"const/next_{name}", values, values.Length);
        }

        LoopBody body = fused.Loop(Name);
        Module inside = body.Module;
        Value state = body.Carried("state", Shape);
        Value output = Evaluate(body, timesteps, state, inputs.Empty);
        Value next = inside.Add(
            inside.Multiply(state, FusedGraph.Element(inside, Coefficients("sample", step => step.NextSample), body.Round)),
            inside.Multiply(output, FusedGraph.Element(inside, Coefficients("output", step => step.NextOutput), body.Round))
        );
        body.GoOn();
        body.Output("next", next, Shape);
        body.Output("collected", inside.Node("Identity", [next]), Shape);
        Value collected = _graph.Loop(body.Path, rounds, [inputs.Latents], body.Graph)[1];

        Value trajectory = _module.Node("Concat", [first, collected], NodeAttribute.Int("axis", 0));
        return _module.Node(
            "Gather",
            [trajectory, _graph.Integers([.. preset.Steps.Select(step => (long)step)])],
            NodeAttribute.Int("axis", 0)
        );
    }

    /// <summary>The same ODE by a two-step multistep solver, which carries its last prediction along.</summary>
    private Value Solve(FusedInputs inputs, DpmSolverMultistepInversion solver)
    {
        Value first = _module.Node("Unsqueeze", [inputs.Latents, _graph.Integers(0)]);
        int rounds = solver.Evaluations;
        if (rounds == 0)
        {
            return first;
        }

        Value timesteps = fused.Integers("const/solver_timesteps", solver.Nodes);
        float[] weights = [.. Enumerable.Range(0, rounds).SelectMany(solver.Weights)];
        Value table = _graph.Constant("const/solver_weights", weights, rounds, 6);

        LoopBody body = fused.Loop(Name);
        Module inside = body.Module;
        Value state = body.Carried("state", Shape);
        Value prediction = body.Carried("prediction", Shape);
        Value output = Evaluate(body, timesteps, state, inputs.Empty);
        Value row = FusedGraph.Element(inside, table, body.Round);
        Value Term(Value value, int i) => inside.Multiply(value, FusedGraph.Element(inside, row, _graph.IntegerScalar(i)));
        Value Weighted(int from) => inside.Add(inside.Add(Term(state, from), Term(prediction, from + 1)), Term(output, from + 2));

        Value next = Weighted(0);
        Value kept = Weighted(3);
        body.GoOn();
        body.Output("next", next, Shape);
        body.Output("kept", kept, Shape);
        body.Output("collected", inside.Node("Identity", [next]), Shape);
        Value nothing = _module.Multiply(inputs.Latents, _graph.Scalar(0));
        Value collected = _graph.Loop(body.Path, rounds, [inputs.Latents, nothing], body.Graph)[2];

        // The wanted steps are the last nodes; the clean latents are the first.
        Value trajectory = _module.Node("Concat", [first, collected], NodeAttribute.Int("axis", 0));
        return HeatmapSteps.Slice(_module, trajectory, solver.Nodes.Count - preset.Steps.Count, long.MaxValue, 0);
    }

    /// <summary>The U-Net's output under the empty prompt, of the round's time step.</summary>
    private Value Evaluate(LoopBody body, Value timesteps, Value state, Value empty)
    {
        Value timestep = body.Module.Node("Unsqueeze", [FusedGraph.Element(body.Module, timesteps, body.Round), body.Graph.Integers(0)]);
        return UNetGraph.Add(body.Graph, fused.Model.UNet, fused.UNet, state, timestep, empty, shared: false).OutSample;
    }
}
