using System.Reflection;

namespace CxrOnnx.Lab;

/// <summary>The version of this tool, as it is written into what it makes.</summary>
public static class ToolVersion
{
    /// <summary>For example <c>cxr-lab 0.1.0</c>.</summary>
    public static string Text { get; } =
        $"cxr-lab {typeof(ToolVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion}";
}
