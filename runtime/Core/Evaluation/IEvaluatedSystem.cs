namespace CxrOnnx.Core.Evaluation;

/// <summary>Something that says where a phrase lies: a model, a folder of another one's heatmaps, a baseline.</summary>
public interface IEvaluatedSystem
{
    /// <summary>Name in the results.</summary>
    string Name { get; }

    /// <summary>Whether <see cref="Answer"/> may be called from several threads at once.</summary>
    bool IsThreadSafe { get; }

    /// <summary>Answers a case. Cases of one image come one after the other.</summary>
    /// <exception cref="CxrOnnxException">It has no answer.</exception>
    SystemAnswer Answer(EvaluationCase item);
}
