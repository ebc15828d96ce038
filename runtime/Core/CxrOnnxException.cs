namespace CxrOnnx.Core;

/// <summary>
/// Something the caller gave us is wrong. The message is one line that says what, where and what to do; command lines print it and exit
/// with code 2, the service answers 4xx with it.
/// </summary>
public abstract class CxrOnnxException : Exception
{
    /// <summary>Creates the exception with its one-line message.</summary>
    protected CxrOnnxException(string message)
        : base(message) { }

    /// <summary>Creates the exception with its one-line message and the exception that led to it.</summary>
    protected CxrOnnxException(string message, Exception? innerException)
        : base(message, innerException) { }
}
