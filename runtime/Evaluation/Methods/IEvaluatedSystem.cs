using CxrOnnx.Core;
using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Evaluation.Methods;

/// <summary>Something that says where a phrase lies: a model, a folder of another one's heatmaps, a baseline.</summary>
public interface IEvaluatedSystem
{
    /// <summary>Name in the results.</summary>
    string Name { get; }

    /// <summary>What it is, in a few words, for the report.</summary>
    string Description => "";

    /// <summary>Whether it has seen the annotations: such a system is a bound, never the best.</summary>
    bool IsBound => false;

    /// <summary>Whether <see cref="Answer"/> may be called from several threads at once.</summary>
    bool IsThreadSafe { get; }

    /// <summary>What a reader of its scores should know; complete once every case was answered.</summary>
    IReadOnlyList<string> Notes => [];

    /// <summary>Finds out, before anything is computed, whether every case can be answered.</summary>
    /// <param name="cases">All cases that will be asked.</param>
    /// <exception cref="CxrOnnxException">Some cannot; says how many and names the first.</exception>
    void Check(IReadOnlyList<EvaluationCase> cases) { }

    /// <summary>Answers a case. Cases of one image come one after the other.</summary>
    /// <exception cref="CxrOnnxException">It has no answer.</exception>
    Prediction Answer(EvaluationCase item);
}
