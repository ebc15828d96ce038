namespace CxrOnnx.Core;

/// <summary>Long texts in messages: their beginning, so that a message stays one readable line.</summary>
public static class Excerpt
{
    /// <summary>The text itself, or its first characters and "..." where it is longer.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="length">Most characters of the result.</param>
    public static string Of(string text, int length = 60) => text.Length <= length ? text : text[..(length - 3)] + "...";
}
