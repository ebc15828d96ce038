using System.Diagnostics.CodeAnalysis;

namespace CxrOnnx.Core.Prompts;

/// <summary>One of the eight pathologies of the standard prompts.</summary>
/// <remarks>Vilouras et al., MIDL 2026 (arXiv:2506.10633), section 3.1.</remarks>
public sealed record Pathology
{
    private Pathology(string name, string? promptText = null)
    {
        Name = name;
        PromptText = promptText ?? name;
    }

    /// <summary>Pneumonia.</summary>
    public static Pathology Pneumonia { get; } = new("pneumonia");

    /// <summary>Pneumothorax.</summary>
    public static Pathology Pneumothorax { get; } = new("pneumothorax");

    /// <summary>Pleural effusion.</summary>
    public static Pathology PleuralEffusion { get; } = new("pleural effusion");

    /// <summary>Lung opacity; its prompt says "opacity", because the codebook has no sub-token for "lung".</summary>
    public static Pathology LungOpacity { get; } = new("lung opacity", "opacity");

    /// <summary>Atelectasis.</summary>
    public static Pathology Atelectasis { get; } = new("atelectasis");

    /// <summary>Cardiomegaly.</summary>
    public static Pathology Cardiomegaly { get; } = new("cardiomegaly");

    /// <summary>Consolidation.</summary>
    public static Pathology Consolidation { get; } = new("consolidation");

    /// <summary>Edema.</summary>
    public static Pathology Edema { get; } = new("edema");

    /// <summary>All eight.</summary>
    public static IReadOnlyList<Pathology> All { get; } =
    [Pneumonia, Pneumothorax, PleuralEffusion, LungOpacity, Atelectasis, Cardiomegaly, Consolidation, Edema];

    /// <summary>The name data sets use, in lower case: <c>lung opacity</c>.</summary>
    public string Name { get; }

    /// <summary>The words of a prompt: <c>opacity</c>.</summary>
    public string PromptText { get; }

    /// <summary>The pathology with a name or prompt text; case does not matter.</summary>
    public static bool TryFind(string name, [NotNullWhen(true)] out Pathology? pathology)
    {
        pathology = All.FirstOrDefault(candidate =>
            string.Equals(candidate.Name, name, StringComparison.OrdinalIgnoreCase)
            || string.Equals(candidate.PromptText, name, StringComparison.OrdinalIgnoreCase)
        );
        return pathology is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
