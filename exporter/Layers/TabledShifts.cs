using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Layers;

/// <summary>
/// Shifts taken from a table that was computed before: a row holds those of all residual blocks side by side.
/// </summary>
/// <param name="unet">The U-Net.</param>
/// <param name="row">One row per sample, [., sum of C].</param>
/// <param name="blocks">Every residual block's path and C, in the order of the columns.</param>
internal sealed class TabledShifts(Module unet, Value row, IReadOnlyList<(string Path, int Channels)> blocks) : TimeShifts
{
    private Value _row = row;
    private Value[]? _pieces;

    /// <inheritdoc/>
    public override Value Of(Module block)
    {
        _pieces ??= unet["shifts"]
            .Nodes(
                "Split",
                blocks.Count,
                [_row, unet.Graph.Integers([.. blocks.Select(each => (long)each.Channels)])],
                NodeAttribute.Int("axis", -1)
            );
        for (int i = 0; i < blocks.Count; i++)
        {
            if (block.Key("conv1") == $"{blocks[i].Path}.conv1")
            {
                return unet.Dialect.ShiftsHoldBias
                    ? _pieces[i]
                    : block["time_emb_proj"].Node("Unsqueeze", [_pieces[i], unet.Graph.Integers(2, 3)]);
            }
        }

        throw new InvalidOperationException($"the table has no shifts of {block.Key("conv1")}");
    }

    /// <inheritdoc/>
    public override void Repeat(SampleRepetition repetition)
    {
        _row = repetition.Of(unet["shifts"], _row);
        _pieces = null;
    }
}
