namespace CxrOnnx.Core.Tokenization;

/// <summary>One row of the codebook.</summary>
/// <param name="Id">Token id.</param>
/// <param name="Token">Sub-token, with <c>&lt;/w&gt;</c> at a word's end.</param>
/// <param name="InLocation">Whether it occurs in the name of a location.</param>
/// <param name="InPathology">Whether it occurs in the words of a pathology.</param>
/// <param name="IsSpecial">Whether it is the beginning or end of sequence, the padding or the word "and".</param>
public sealed record CodebookToken(int Id, string Token, bool InLocation, bool InPathology, bool IsSpecial)
{
    /// <summary>Whether it belongs to a location and to a pathology (the pieces of "pleural" and "cardiomegaly").</summary>
    public bool IsShared => InLocation && InPathology;
}
