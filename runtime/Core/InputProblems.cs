namespace CxrOnnx.Core;

/// <summary>
/// Collects what is wrong with the input of long work, so that everything is found before the first image is computed and told at once.
/// </summary>
public sealed class InputProblems
{
    private readonly List<string> _found = [];
    private readonly HashSet<string> _known = [];

    /// <summary>What was found so far, each once, in the order found.</summary>
    public IReadOnlyList<string> Found => _found;

    /// <summary>Carries out a check; what it refuses is noted.</summary>
    /// <param name="check">Throws a <see cref="CxrOnnxException"/> where something is wrong.</param>
    /// <returns>Whether nothing was wrong.</returns>
    public bool Try(Action check)
    {
        try
        {
            check();
            return true;
        }
        catch (InputProblemsException several)
        {
            foreach (string problem in several.Problems)
            {
                Add(problem);
            }
        }
        catch (CxrOnnxException refusal)
        {
            Add(refusal.Message);
        }

        return false;
    }

    /// <summary>Notes a problem; one that is known already is not repeated.</summary>
    /// <param name="problem">One line: what, where, what to do.</param>
    public void Add(string problem)
    {
        if (_known.Add(problem))
        {
            _found.Add(problem);
        }
    }

    /// <summary>Refuses the input if anything is wrong with it.</summary>
    /// <param name="consequence">What follows, for the first line where there are several; for example <c>nothing was computed</c>.</param>
    /// <param name="always">Whether it is also said where one thing is wrong.</param>
    /// <exception cref="InputException">One problem: its own message. Several: <see cref="InputProblemsException"/>.</exception>
    public void ThrowIfAny(string consequence, bool always = false)
    {
        switch (_found.Count)
        {
            case 0:
                return;
            case 1:
                throw new InputException(always ? $"{_found[0]}; {consequence}" : _found[0]);
            default:
                throw new InputProblemsException(consequence, _found);
        }
    }
}
