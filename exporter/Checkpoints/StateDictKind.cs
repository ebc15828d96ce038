namespace CxrOnnx.Checkpoints;

/// <summary>Guesses from its names what a state dict holds: for the message where it is not what was wanted.</summary>
internal static class StateDictKind
{
    private static readonly (string Kind, string[] Names)[] Signs =
    [
        ("the text encoder (`text-encoder`)", ["text_model."]),
        ("a codebook (`codebook`)", ["token_embedding.", "learned"]),
        ("a U-Net with the names of diffusers, which is another network; MONAI's is read", ["time_embedding.linear_1.", "conv_norm_out."]),
        (
            "an autoencoder with the names of diffusers, which is another network; MONAI's is read",
            ["encoder.down_blocks.", "decoder.up_blocks."]
        ),
        ("the U-Net (`unet`)", ["time_embed.", "down_blocks.", "middle_block."]),
        ("the autoencoder (`vae`)", ["quant_conv_mu.", "encoder.blocks.", "decoder.blocks."]),
    ];

    /// <summary>What the names say; null where they say nothing.</summary>
    /// <param name="names">Names of tensors.</param>
    public static string? Of(IEnumerable<string> names)
    {
        string[] all = [.. names];
        foreach ((string kind, string[] signs) in Signs)
        {
            if (Array.Exists(signs, sign => Array.Exists(all, name => name.StartsWith(sign, StringComparison.Ordinal))))
            {
                return kind;
            }
        }

        return null;
    }
}
