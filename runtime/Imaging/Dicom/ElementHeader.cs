namespace CxrOnnx.Imaging.Dicom;

/// <summary>Head of a data element.</summary>
/// <param name="Tag">Group and element.</param>
/// <param name="Representation">Value representation; empty in implicit form and where it is unknown.</param>
/// <param name="Length">Bytes of the value; <see cref="UndefinedLength"/> where a delimiter ends it.</param>
/// <param name="ValueAt">Position of the value in the file.</param>
/// <param name="Odd">Whether the head is not in the form of its data set and the length had to be found by trying.</param>
internal readonly record struct ElementHeader(uint Tag, string Representation, uint Length, int ValueAt, bool Odd)
{
    /// <summary>The length that says "until the delimiter".</summary>
    public const uint UndefinedLength = uint.MaxValue;

    /// <summary>Whether a delimiter ends the value.</summary>
    public bool IsUndefined => Length == UndefinedLength;

    /// <summary>Whether the value ends at or before a position.</summary>
    public bool Fits(int end) => IsUndefined || Length <= (uint)Math.Max(0, end - ValueAt);
}
