using CxrOnnx.Core.Configuration;

namespace CxrOnnx.Checkpoints.StateDicts;

/// <summary>State-dict names and shapes of Hugging Face's <c>CLIPTextModel</c>, without the <c>position_ids</c> buffer.</summary>
public static class TextEncoderStateDict
{
    /// <summary>Every tensor of the model in module order.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<long>> Shapes(TextEncoderConfiguration configuration)
    {
        ShapeList list = new();
        int width = configuration.HiddenSize;
        list.Add("text_model.embeddings.token_embedding.weight", configuration.VocabSize, width);
        list.Add("text_model.embeddings.position_embedding.weight", configuration.MaxPositionEmbeddings, width);
        for (int layer = 0; layer < configuration.NumHiddenLayers; layer++)
        {
            string path = $"text_model.encoder.layers.{layer}";
            foreach (string projection in (ReadOnlySpan<string>)["k_proj", "v_proj", "q_proj", "out_proj"])
            {
                list.Linear($"{path}.self_attn.{projection}", width, width);
            }

            list.Norm($"{path}.layer_norm1", width);
            list.Linear($"{path}.mlp.fc1", width, configuration.IntermediateSize);
            list.Linear($"{path}.mlp.fc2", configuration.IntermediateSize, width);
            list.Norm($"{path}.layer_norm2", width);
        }

        list.Norm("text_model.final_layer_norm", width);
        return list.Shapes;
    }
}
