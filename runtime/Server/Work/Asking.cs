using CxrOnnx.Grounding;
using CxrOnnx.Server.Problems;
using CxrOnnx.Workflows.Phrases;

namespace CxrOnnx.Server.Work;

/// <summary>Reads the phrases of a request, in whatever form it came.</summary>
internal static class Asking
{
    /// <summary>What is grounded for a phrase.</summary>
    /// <exception cref="ProblemException">422 with the kind of <see cref="PhraseRefusal"/>: it cannot be answered.</exception>
    /// <exception cref="Core.InputException">None of its words is known.</exception>
    public static AskedPhrase Read(string phrase, GroundingPipeline grounder, bool verbatim)
    {
        AskedPhrase asked = AskedPhrase.Read(phrase, grounder, verbatim);
        return asked.Refusal is { } refusal ? throw ProblemException.Unusable(refusal.Kind, refusal.Message) : asked;
    }
}
