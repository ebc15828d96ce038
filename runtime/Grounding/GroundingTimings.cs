namespace CxrOnnx.Grounding;

/// <summary>Where the time went.</summary>
/// <param name="EncodeImage">Preprocessing and VAE encoder, once per image.</param>
/// <param name="Inversion">Inversion, once per image.</param>
/// <param name="Text">Tokenizer and text encoder, this phrase's share.</param>
/// <param name="Attention">Truncated U-Net and aggregation, this phrase's share of the batches.</param>
/// <param name="Support">The confidence, this phrase's share.</param>
public sealed record GroundingTimings(TimeSpan EncodeImage, TimeSpan Inversion, TimeSpan Text, TimeSpan Attention, TimeSpan Support)
{
    /// <summary>The sum.</summary>
    public TimeSpan Total => EncodeImage + Inversion + Text + Attention + Support;
}
