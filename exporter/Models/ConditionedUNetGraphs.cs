using CxrOnnx.Core.Configuration;
using CxrOnnx.Exporter.Dialects;
using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Layers;

namespace CxrOnnx.Exporter.Models;

/// <summary>
/// The U-Net cut where its inputs change at different times: what depends on the time step alone and what depends on the prompt alone are
/// graphs of their own, computed once, and the others take the results. For providers with memory of their own, where the results stay.
/// </summary>
/// <param name="dialect">How the graphs are written.</param>
/// <param name="configuration">The U-Net.</param>
/// <param name="weights">Its weights.</param>
internal sealed class ConditionedUNetGraphs(Dialect dialect, UNetConfiguration configuration, PartWeights weights)
{
    private const string Batch = "batch";
    private const string Prompts = "prompts";
    private const string Samples = "samples";
    private const string Steps = "steps";
    private const string Tokens = "prompt_tokens";

    private readonly IReadOnlyList<(string Path, int Channels)> _blocks = UNetBlocks.Residual(configuration);
    private readonly IReadOnlyList<(string Path, int Channels)> _attentions = UNetBlocks.CrossAttention(configuration);

    /// <summary>
    /// <c>timestep</c> int64 [N] -> <c>shifts</c> [N, sum of C]: what every residual block adds to its channels. Computed in
    /// float32.
    /// </summary>
    public GraphBuilder TimeTable()
    {
        GraphBuilder graph = new(PlainDialect.Instance);
        Module unet = new(graph, weights);
        Value timestep = graph.Input("timestep", "int64", Steps);
        Value embedding = TimestepEmbedding.Activated(unet, timestep, configuration.NumChannels[0]);
        Value[] shifts =
        [
            .. _blocks.Select(entry =>
            {
                Module block = unet[entry.Path];
                Value shift = Linear.AddToRows(block["time_emb_proj"], embedding);
                return dialect.ShiftsHoldBias ? block.Add(shift, block["conv1"]["conv"].Weight("bias")) : shift;
            }),
        ];
        Value table = unet["shifts"].Node("Concat", shifts, NodeAttribute.Int("axis", -1));
        graph.Output("shifts", dialect.DataType, dialect.FromFloat32(unet["shifts"], table), [Steps, Columns]);
        return graph;
    }

    /// <summary>
    /// <c>encoder_hidden_states</c> [K, S, W] -> <c>key_i</c> and <c>value_i</c> [K, S, C] of every cross-attention i.
    /// </summary>
    public GraphBuilder PromptKeys()
    {
        GraphBuilder graph = new(dialect);
        Module unet = new(graph, weights);
        Value context = graph.Input("encoder_hidden_states", "float32", Prompts, Tokens, Number(configuration.CrossAttentionDim));
        ProjectedContext projected = new(dialect.FromFloat32(unet["context"], context));
        for (int i = 0; i < _attentions.Count; i++)
        {
            (Value keys, Value values) = projected.Of(unet[_attentions[i].Path]);
            IReadOnlyList<string> shape = [Prompts, Tokens, Number(_attentions[i].Channels)];
            graph.Output(Key(i), dialect.DataType, keys, shape);
            graph.Output(ValueOf(i), dialect.DataType, values, shape);
        }

        return graph;
    }

    /// <summary>
    /// A step of a trajectory: <c>state</c> [B, 2, Cz, h, w] (latents, and what a multistep solver remembers), <c>step</c> int64 [B],
    /// <c>coefficients</c> [N, 2, 3], <c>shifts</c> [N, sum of C], keys and values [B, S, C] -> <c>next_state</c>, <c>next_step</c> =
    /// step + 1. The next state is (coefficients of the step) times (latents, memory, U-Net's output), in float32 and element by element:
    /// a matrix product of a GPU would round the latents to TF32 where the U-Net may. Nothing in it comes from the host, so one call can be
    /// queued behind the other.
    /// </summary>
    public GraphBuilder Step()
    {
        GraphBuilder graph = new(dialect);
        Module unet = new(graph, weights);
        Module update = unet["update"];
        string[] stateShape = [Batch, "2", Number(configuration.InChannels), "latent_height", "latent_width"];
        Value state = graph.Input("state", "float32", stateShape);
        Value step = graph.Input("step", "int64", Batch);
        Value coefficients = graph.Input("coefficients", "float32", Steps, "2", "3");
        Value shifts = graph.Input("shifts", dialect.DataType, Steps, Columns);
        Value sample = update.Node("Gather", [state, graph.IntegerScalar(0)], NodeAttribute.Int("axis", 1));
        Value output = Add(unet, sample, step, shifts, Keys(graph, Batch, null), null, []).OutSample;
        Value taken = update.Node("Gather", [coefficients, step], NodeAttribute.Int("axis", 0));
        Value next = update.Add(
            update.Add(Weighted(0, Row(0)), Weighted(1, Row(1))),
            Weighted(2, update.Node("Unsqueeze", [output, graph.Integers(1)]))
        );
        graph.Output("next_state", next, stateShape);
        graph.Output("next_step", "int64", update.Add(step, graph.Integers(1)), [Batch]);
        return graph;

        // [B, 1, Cz, h, w]
        Value Row(long row) => update.Node("Gather", [state, graph.Integers(row)], NodeAttribute.Int("axis", 1));

        // Both rows of the next state at once: [B, 2, 1, 1, 1] x [B, 1, Cz, h, w].
        Value Weighted(long column, Value values) =>
            update.Multiply(
                update.Reshape(update.Node("Gather", [taken, graph.Integers(column)], NodeAttribute.Int("axis", 2)), 0, 2, 1, 1, 1),
                values
            );
    }

    /// <summary>
    /// The whole U-Net on pairs: <c>sample</c> [B, Cz, h, w], <c>step</c> int64 [B] (row of <c>shifts</c>), <c>shifts</c>, <c>prompt</c>
    /// int64 [B] (row of keys and values), keys and values [K, S, C] -> <c>out_sample</c>.
    /// </summary>
    public GraphBuilder Denoiser()
    {
        GraphBuilder graph = new(dialect);
        Module unet = new(graph, weights);
        (Value sample, Value step, Value shifts, Value prompt) = Inputs(graph, Batch);
        UNetValues values = Add(unet, sample, step, shifts, Keys(graph, Prompts, prompt), null, []);
        graph.Output("out_sample", values.OutSample, Batch, Number(configuration.OutChannels), "latent_height", "latent_width");
        return graph;
    }

    /// <summary>
    /// The part of the U-Net that leads to the chosen layers: the inputs of <see cref="Denoiser"/>, with samples that K prompts may share
    /// (see <see cref="UNetGraph.AttentionMaps"/>), and <c>token_weights</c> [K, S, M] -> <c>token_mean_i</c> [B, Q, M]: M weighted sums
    /// over the prompt's tokens instead of every token's map.
    /// </summary>
    /// <param name="layers">Cross-attention layers in module order, counted from 0.</param>
    public GraphBuilder AttentionMaps(IEnumerable<int> layers)
    {
        GraphBuilder graph = new(dialect);
        Module unet = new(graph, weights);
        int[] wanted = [.. layers.Distinct().Order()];
        (Value sample, Value step, Value shifts, Value prompt) = Inputs(graph, Samples);
        Value tokenWeights = graph.Input("token_weights", "float32", Prompts, Tokens, "maps");
        SampleRepetition repetition = new(unet, step, prompt);
        UNetValues values = Add(unet, sample, step, shifts, Keys(graph, Prompts, prompt), repetition, wanted);
        Value rows = unet["maps"].Node("Gather", [tokenWeights, prompt], NodeAttribute.Int("axis", 0));
        foreach (int layer in wanted)
        {
            AttentionMap map = values.Attention[layer];
            graph.Output(
                FormattableString.Invariant($"token_mean_{layer}"),
                unet["maps"].MatMul(map.Probabilities, rows),
                Batch,
                FormattableString.Invariant($"cells_level_{map.Level}"),
                "maps"
            );
        }

        return graph;
    }

    private string Columns => Number(_blocks.Sum(block => block.Channels));

    private (Value Sample, Value Step, Value Shifts, Value Prompt) Inputs(GraphBuilder graph, string samples) =>
        (
            graph.Input("sample", "float32", samples, Number(configuration.InChannels), "latent_height", "latent_width"),
            graph.Input("step", "int64", samples),
            graph.Input("shifts", dialect.DataType, Steps, Columns),
            graph.Input("prompt", "int64", Batch)
        );

    /// <summary>Keys and values are inputs of the graph, declared when the network reaches their layer.</summary>
    private GivenKeys Keys(GraphBuilder graph, string rows, Value? prompt) =>
        new(attention =>
        {
            int index = Enumerable.Range(0, _attentions.Count).First(i => attention.Key("to_k") == $"{_attentions[i].Path}.to_k");
            string[] shape = [rows, Tokens, Number(_attentions[index].Channels)];
            Value Take(string name)
            {
                Value value = graph.InputWhereUsed(name, dialect.DataType, shape);
                return prompt is { } row ? attention.Node("Gather", [value, row], NodeAttribute.Int("axis", 0)) : value;
            }

            return (Take(Key(index)), Take(ValueOf(index)));
        });

    private UNetValues Add(
        Module unet,
        Value sample,
        Value step,
        Value shifts,
        PromptKeys prompt,
        SampleRepetition? repetition,
        IEnumerable<int> wanted
    )
    {
        Value row = unet["shifts"].Node("Gather", [shifts, step], NodeAttribute.Int("axis", 0));
        TabledShifts table = new(unet, row, _blocks);
        return new UNetDescription(unet, configuration, prompt, table, repetition, wanted.ToHashSet()).Add(sample);
    }

    private static string Key(int layer) => FormattableString.Invariant($"key_{layer}");

    private static string ValueOf(int layer) => FormattableString.Invariant($"value_{layer}");

    private static string Number(int value) => FormattableString.Invariant($"{value}");
}
