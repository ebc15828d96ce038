namespace CxrOnnx.Core.Prompts;

/// <summary>What the text under a heading is.</summary>
internal enum HeadingKind
{
    /// <summary>No heading at all.</summary>
    None,

    /// <summary>Findings or their summary: read, and whatever stands before it is not them.</summary>
    Findings,

    /// <summary>A title such as "final report": read, but it may begin with the history.</summary>
    Title,

    /// <summary>A part of the body or the name of the view: read, and the words stay, because they say what is enlarged.</summary>
    Label,

    /// <summary>Corrections: read last, and what they say holds.</summary>
    Addendum,

    /// <summary>A first reading that a final report replaces: read only where nothing else is.</summary>
    Preliminary,

    /// <summary>What was asked, how the image was taken, who signed: not read.</summary>
    Skipped,

    /// <summary>Not in any table: not read where findings follow under a heading of their own.</summary>
    Unknown,
}
