using CxrOnnx.Core;

namespace CxrOnnx.Evaluation.Generalised;

/// <summary>Something that answers a phrase with no, one or several scored regions.</summary>
public interface IRegionSystem
{
    /// <summary>Name in the results.</summary>
    string Name { get; }

    /// <summary>What it is and what its score is made of, in a few words.</summary>
    string Description { get; }

    /// <summary>Whether it has seen the annotations.</summary>
    bool IsBound { get; }

    /// <summary>What a reader should know; complete once every phrase was answered.</summary>
    IReadOnlyList<string> Notes { get; }

    /// <summary>Finds out, before anything is computed, whether every phrase can be asked.</summary>
    /// <exception cref="CxrOnnxException">Some cannot; says how many and names the first.</exception>
    void Check(IReadOnlyList<GeneralisedCase> cases);

    /// <summary>Answers a phrase. Phrases of one image come one after the other.</summary>
    RegionAnswer Answer(GeneralisedCase item);
}
