namespace CxrOnnx.Core.Prompts;

/// <summary>Side of the patient's body. The patient's left is on the right of the picture.</summary>
public enum Side
{
    /// <summary>The location has no side (the heart, the lingula, both lungs).</summary>
    None,

    /// <summary>The patient's left.</summary>
    Left,

    /// <summary>The patient's right.</summary>
    Right,

    /// <summary>Both.</summary>
    Bilateral,
}
