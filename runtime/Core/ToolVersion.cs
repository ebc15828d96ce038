namespace CxrOnnx.Core;

/// <summary>Names and version of the tools, as they are written into what they make.</summary>
public static class ToolVersion
{
    /// <summary>
    /// The version of this build, for example <c>0.1.0</c>: three numbers, the same for every commit between two releases, so that a
    /// bundle's bytes do not change with a commit that changed nothing of it.
    /// </summary>
    public static string Number { get; } = typeof(ToolVersion).Assembly.GetName().Version!.ToString(3);

    /// <summary>The deployment tool and the library behind it, for example <c>cxr 0.1.0</c>.</summary>
    public static string Cxr { get; } = $"cxr {Number}";

    /// <summary>The service, for example <c>cxr serve 0.1.0</c>.</summary>
    public static string CxrServe { get; } = $"cxr serve {Number}";

    /// <summary>The training tool, for example <c>cxr-lab 0.1.0</c>.</summary>
    public static string Lab { get; } = $"cxr-lab {Number}";

    /// <summary>The exporter, for example <c>cxronnx 0.1.0</c>.</summary>
    public static string Exporter { get; } = $"cxronnx {Number}";
}
