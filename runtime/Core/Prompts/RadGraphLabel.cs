namespace CxrOnnx.Core.Prompts;

/// <summary>What RadGraph says of a token, as far as it matters for places and findings.</summary>
internal enum RadGraphLabel
{
    /// <summary>Nothing, or anatomy that is not definitely meant.</summary>
    None,

    /// <summary>Anatomy, definitely present.</summary>
    Anatomy,

    /// <summary>An observation that is present or uncertain.</summary>
    Observation,

    /// <summary>An observation that is definitely absent.</summary>
    AbsentObservation,
}
