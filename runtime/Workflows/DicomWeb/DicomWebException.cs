using CxrOnnx.Core;

namespace CxrOnnx.Workflows.DicomWeb;

/// <summary>An archive did not answer as it should: unreachable, a refusal, or an answer that cannot be read. Trying later may help.</summary>
/// <param name="message">What, where, what to do; no identifier.</param>
/// <param name="inner">The cause, or null.</param>
public sealed class DicomWebException(string message, Exception? inner = null) : CxrOnnxException(message, inner);
