namespace CxrOnnx.Core.Artifacts;

/// <summary>
/// A checkpoint, bundle or other model file is damaged, unsafe or does not fit. The file has to be replaced or exported again.
/// </summary>
public sealed class ArtifactException : CxrOnnxException
{
    /// <summary>Creates the exception with its one-line message.</summary>
    public ArtifactException(string message)
        : base(message) { }

    /// <summary>Creates the exception with its one-line message and the exception that led to it.</summary>
    public ArtifactException(string message, Exception? innerException)
        : base(message, innerException) { }
}
