using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Layers;

/// <summary>Shifts computed in the graph from the time step, [B, C, 1, 1].</summary>
/// <param name="unet">The U-Net.</param>
/// <param name="timeEmbedding">SiLU of the time embedding, one row per sample, [., E].</param>
internal sealed class ComputedShifts(Module unet, Value timeEmbedding) : TimeShifts
{
    private Value _timeEmbedding = timeEmbedding;

    /// <inheritdoc/>
    public override Value Of(Module block) =>
        block["time_emb_proj"].Node("Unsqueeze", [Linear.AddToRows(block["time_emb_proj"], _timeEmbedding), block.Graph.Integers(2, 3)]);

    /// <inheritdoc/>
    public override void Repeat(SampleRepetition repetition) => _timeEmbedding = repetition.Of(unet["time_embed"], _timeEmbedding);
}
