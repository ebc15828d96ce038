namespace CxrOnnx.Core;

/// <summary>An image, a phrase, an option or another piece of a request cannot be used. Another request may succeed.</summary>
/// <remarks>
/// The message names a setting in backticks, as in "give another folder with `out`": a library does not know how the setting reached it. A
/// command line writes such a name as an option.
/// </remarks>
public sealed class InputException : CxrOnnxException
{
    /// <summary>Creates the exception with its one-line message.</summary>
    public InputException(string message)
        : base(message) { }

    /// <summary>Creates the exception with its one-line message and the exception that led to it.</summary>
    public InputException(string message, Exception? innerException)
        : base(message, innerException) { }
}
