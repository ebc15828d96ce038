using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Evaluation.Bench;

/// <summary>
/// Walks the U-Net in module order and adds up operations, as far as the probabilities of one cross-attention layer where one is given.
/// </summary>
internal sealed class UNetOperations(UNetConfiguration configuration, GridSize latents, int context, int? throughLayer)
{
    private readonly int _timeWidth = configuration.NumChannels[0] * UNetConfiguration.TimeEmbeddingFactor;
    private double _sum;
    private double? _beforePrompt;
    private int _layer;
    private bool _done;

    /// <summary>The operations up to and including the queries of the first cross-attention.</summary>
    public double CountBeforePrompt()
    {
        Count();
        return _beforePrompt!.Value;
    }

    public double Count()
    {
        IReadOnlyList<int> channels = configuration.NumChannels;
        int last = channels.Count - 1;
        Add(ModelOperations.Linear(channels[0], _timeWidth, 1) + ModelOperations.Linear(_timeWidth, _timeWidth, 1));
        Add(ModelOperations.Convolution(3, configuration.InChannels, channels[0], Cells(0)));
        int width = channels[0];
        Stack<int> skips = new([width]);
        for (int level = 0; level <= last; level++)
        {
            for (int i = 0; i < configuration.NumResBlocks; i++, width = channels[level])
            {
                Residual(level, width, channels[level]);
                if (configuration.AttentionLevels[level])
                {
                    Transformer(level);
                }

                skips.Push(channels[level]);
            }

            if (level == last)
            {
                continue;
            }

            Add(ModelOperations.Convolution(3, width, width, Cells(level + 1)));
            skips.Push(width);
        }

        Residual(last, width, width);
        Transformer(last);
        Residual(last, width, width);
        for (int level = last; level >= 0; level--)
        {
            for (int i = 0; i <= configuration.NumResBlocks; i++, width = channels[level])
            {
                Residual(level, width + skips.Pop(), channels[level]);
                if (configuration.AttentionLevels[level])
                {
                    Transformer(level);
                }
            }

            if (level > 0)
            {
                Add(ModelOperations.Convolution(3, width, width, Cells(level - 1)));
            }
        }

        Add(ModelOperations.Convolution(3, width, configuration.OutChannels, Cells(0)));
        return _sum;
    }

    private double Cells(int level) => latents.DividedBy(1 << level).CellCount;

    private void Add(double operations)
    {
        if (!_done)
        {
            _sum += operations;
        }
    }

    private void Residual(int level, int inputs, int outputs)
    {
        double cells = Cells(level);
        Add(ModelOperations.Convolution(3, inputs, outputs, cells) + ModelOperations.Convolution(3, outputs, outputs, cells));
        Add(ModelOperations.Linear(_timeWidth, outputs, 1));
        if (inputs != outputs)
        {
            Add(ModelOperations.Convolution(1, inputs, outputs, cells));
        }
    }

    private void Transformer(int level)
    {
        double cells = Cells(level);
        double width = configuration.NumChannels[level];
        double square = ModelOperations.Linear(width, width, cells);
        Add(square); // proj_in
        for (int i = 0; i < configuration.TransformerNumLayers; i++)
        {
            Add((4 * square) + (2 * ModelOperations.Linear(width, cells, cells))); // self-attention: q, k, v, out; scores, values
            double project = ModelOperations.Linear(configuration.CrossAttentionDim, width, context);
            double scores = ModelOperations.Linear(width, context, cells);
            Add(square); // queries of the cross-attention
            _beforePrompt ??= _sum;
            Add(project + scores); // its keys and scores
            _done |= _layer++ == throughLayer;
            Add(project + scores + square); // v, values, out
            double expanded = UNetConfiguration.FeedForwardFactor * width;
            Add(ModelOperations.Linear(width, 2 * expanded, cells) + ModelOperations.Linear(expanded, width, cells));
        }

        Add(square); // proj_out
    }
}
