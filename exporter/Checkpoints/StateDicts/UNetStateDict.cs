using CxrOnnx.Core.Configuration;

namespace CxrOnnx.Checkpoints.StateDicts;

/// <summary>State-dict names and shapes of MONAI GenerativeModels' <c>DiffusionModelUNet</c> with cross-attention.</summary>
public static class UNetStateDict
{
    /// <summary>Every tensor of the model in module order.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<long>> Shapes(UNetConfiguration configuration) =>
        new Builder(configuration).Build();

    /// <summary>
    /// Module path of each cross-attention (<c>...transformer_blocks.K.attn2</c>) in module order: down, middle, up. The index in this list
    /// is the layer number of configurations and graph outputs.
    /// </summary>
    public static IReadOnlyList<string> CrossAttentionModules(UNetConfiguration configuration)
    {
        List<string> modules = [];
        int levels = configuration.NumChannels.Count;
        for (int level = 0; level < levels; level++)
        {
            Add($"down_blocks.{level}.attentions", level, configuration.NumResBlocks);
        }

        AddBlocks("middle_block.attention");
        for (int block = 0; block < levels; block++)
        {
            Add($"up_blocks.{block}.attentions", levels - 1 - block, configuration.NumResBlocks + 1);
        }

        return modules;

        void Add(string path, int level, int count)
        {
            for (int i = 0; configuration.AttentionLevels[level] && i < count; i++)
            {
                AddBlocks($"{path}.{i}");
            }
        }

        void AddBlocks(string path)
        {
            for (int i = 0; i < configuration.TransformerNumLayers; i++)
            {
                modules.Add($"{path}.transformer_blocks.{i}.attn2");
            }
        }
    }

    private sealed class Builder(UNetConfiguration configuration)
    {
        private readonly ShapeList _list = new();
        private readonly int _timeWidth = configuration.NumChannels[0] * UNetConfiguration.TimeEmbeddingFactor;

        public IReadOnlyDictionary<string, IReadOnlyList<long>> Build()
        {
            IReadOnlyList<int> channels = configuration.NumChannels;
            _list.Convolution("conv_in", configuration.InChannels, channels[0], 3);
            _list.Linear("time_embed.0", channels[0], _timeWidth);
            _list.Linear("time_embed.2", _timeWidth, _timeWidth);
            Down(channels);
            ResidualBlock("middle_block.resnet_1", channels[^1], channels[^1]);
            Transformer("middle_block.attention", channels[^1]);
            ResidualBlock("middle_block.resnet_2", channels[^1], channels[^1]);
            Up(channels);
            _list.Norm("out.0", channels[0]);
            _list.Convolution("out.2", channels[0], configuration.OutChannels, 3);
            return _list.Shapes;
        }

        private void Down(IReadOnlyList<int> channels)
        {
            int inputs = channels[0];
            for (int level = 0; level < channels.Count; level++)
            {
                int outputs = channels[level];
                string path = $"down_blocks.{level}";
                Attentions(path, level, configuration.NumResBlocks);
                for (int i = 0; i < configuration.NumResBlocks; i++)
                {
                    ResidualBlock($"{path}.resnets.{i}", i == 0 ? inputs : outputs, outputs);
                }

                if (level < channels.Count - 1)
                {
                    _list.Convolution($"{path}.downsampler.op", outputs, outputs, 3);
                }

                inputs = outputs;
            }
        }

        private void Up(IReadOnlyList<int> channels)
        {
            int previous = channels[^1];
            for (int block = 0; block < channels.Count; block++)
            {
                int level = channels.Count - 1 - block;
                int outputs = channels[level];
                int below = channels[Math.Max(level - 1, 0)];
                string path = $"up_blocks.{block}";
                Attentions(path, level, configuration.NumResBlocks + 1);
                for (int i = 0; i <= configuration.NumResBlocks; i++)
                {
                    // Each residual block also takes one stored state of the way down; the last of a level is the level's own input.
                    int skip = i == configuration.NumResBlocks ? below : outputs;
                    ResidualBlock($"{path}.resnets.{i}", (i == 0 ? previous : outputs) + skip, outputs);
                }

                if (block < channels.Count - 1)
                {
                    _list.Convolution($"{path}.upsampler.conv", outputs, outputs, 3);
                }

                previous = outputs;
            }
        }

        private void ResidualBlock(string path, int inputs, int outputs)
        {
            _list.Norm($"{path}.norm1", inputs);
            _list.Convolution($"{path}.conv1", inputs, outputs, 3);
            _list.Linear($"{path}.time_emb_proj", _timeWidth, outputs);
            _list.Norm($"{path}.norm2", outputs);
            _list.Convolution($"{path}.conv2", outputs, outputs, 3);
            if (inputs != outputs)
            {
                _list.Convolution($"{path}.skip_connection", inputs, outputs, 1);
            }
        }

        private void Attentions(string path, int level, int count)
        {
            for (int i = 0; configuration.AttentionLevels[level] && i < count; i++)
            {
                Transformer($"{path}.attentions.{i}", configuration.NumChannels[level]);
            }
        }

        private void Transformer(string path, int channels)
        {
            _list.Norm($"{path}.norm", channels);
            _list.Convolution($"{path}.proj_in", channels, channels, 1);
            for (int i = 0; i < configuration.TransformerNumLayers; i++)
            {
                string block = $"{path}.transformer_blocks.{i}";
                Attention($"{block}.attn1", channels, channels);
                _list.Linear($"{block}.ff.linear1", channels, 2 * UNetConfiguration.FeedForwardFactor * channels);
                _list.Linear($"{block}.ff.linear2", UNetConfiguration.FeedForwardFactor * channels, channels);
                Attention($"{block}.attn2", channels, configuration.CrossAttentionDim);
                _list.Norm($"{block}.norm1", channels);
                _list.Norm($"{block}.norm2", channels);
                _list.Norm($"{block}.norm3", channels);
            }

            _list.Convolution($"{path}.proj_out", channels, channels, 1);
        }

        private void Attention(string path, int channels, int contextWidth)
        {
            _list.Linear($"{path}.to_q", channels, channels, bias: false);
            _list.Linear($"{path}.to_k", contextWidth, channels, bias: false);
            _list.Linear($"{path}.to_v", contextWidth, channels, bias: false);
            _list.Linear($"{path}.to_out.0", channels, channels);
        }
    }
}
