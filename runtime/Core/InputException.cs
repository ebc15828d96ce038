namespace CxrOnnx.Core;

/// <summary>An image, a phrase, an option or another piece of a request cannot be used. Another request may succeed.</summary>
public sealed class InputException : CxrOnnxException
{
    /// <summary>Creates the exception with its one-line message.</summary>
    public InputException(string message)
        : base(message) { }

    /// <summary>Creates the exception with its one-line message and the exception that led to it.</summary>
    public InputException(string message, Exception? innerException)
        : base(message, innerException) { }
}
