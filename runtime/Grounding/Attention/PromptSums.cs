using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Grounding.Prompts;

namespace CxrOnnx.Grounding.Attention;

/// <summary>The running sums of one phrase: the phrase's own, and one per token where wanted.</summary>
internal sealed class PromptSums
{
    private readonly int[] _positions;
    private readonly AttentionAggregation _phrase;
    private readonly AttentionAggregation[] _tokens;

    /// <summary>Starts with no maps.</summary>
    public PromptSums(PromptContext prompt, GridSize target, bool perToken)
    {
        _positions = [.. prompt.Positions];
        _phrase = new AttentionAggregation(target);
        _tokens = perToken ? [.. _positions.Select(_ => new AttentionAggregation(target))] : [];
    }

    /// <summary>Maps that <see cref="AddMeans"/> takes: the phrase's, then one per token.</summary>
    public int MapCount => 1 + _tokens.Length;

    /// <summary>The weight of each token in the maps that <see cref="AddMeans"/> takes.</summary>
    /// <param name="weights">[S, M] row-major, zero; M at least <see cref="MapCount"/>.</param>
    /// <param name="maps">M.</param>
    public void WriteWeights(Span<float> weights, int maps)
    {
        for (int i = 0; i < _positions.Length; i++)
        {
            weights[_positions[i] * maps] = 1f / _positions.Length;
            if (_tokens.Length > 0)
            {
                weights[(_positions[i] * maps) + 1 + i] = 1;
            }
        }
    }

    /// <summary>Adds the attention of one layer at one step, [Q, S].</summary>
    public void Add(ReadOnlySpan<float> attention, GridSize grid)
    {
        _phrase.Add(attention, grid, _positions);
        for (int i = 0; i < _tokens.Length; i++)
        {
            _tokens[i].Add(attention, grid, _positions.AsSpan(i, 1));
        }
    }

    /// <summary>Adds maps of one layer at one step that were weighted over tokens already, [Q, M].</summary>
    public void AddMeans(ReadOnlySpan<float> means, GridSize grid)
    {
        int maps = means.Length / grid.CellCount;
        if (maps == 1)
        {
            _phrase.AddTokenMean(means, grid);
            return;
        }

        float[] map = new float[grid.CellCount];
        for (int column = 0; column < MapCount; column++)
        {
            for (int q = 0; q < map.Length; q++)
            {
                map[q] = means[(q * maps) + column];
            }

            (column == 0 ? _phrase : _tokens[column - 1]).AddTokenMean(map, grid);
        }
    }

    /// <summary>The finished heatmaps.</summary>
    public PromptMap Finish(HeatmapPostprocessor finish) =>
        new(
            finish.Apply(_phrase.Mean(), _phrase.Target),
            [.. _tokens.Select(token => finish.Apply(token.Mean(), token.Target))],
            _phrase.ConstantMapCount,
            _phrase.Focus
        );
}
