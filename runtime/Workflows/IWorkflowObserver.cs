namespace CxrOnnx.Workflows;

/// <summary>
/// Who watches long work: a terminal, a log, or nobody (<see cref="SilentObserver"/>). A workflow never writes to the console itself.
/// </summary>
public interface IWorkflowObserver
{
    /// <summary>A remark on what is going on.</summary>
    /// <param name="text">One line.</param>
    void Note(string text);

    /// <summary>Runs long work and shows how far it is.</summary>
    /// <typeparam name="T">What the work gives.</typeparam>
    /// <param name="title">What is being done.</param>
    /// <param name="work">Gets a receiver of the finished share, 0 to 1.</param>
    T WithProgress<T>(string title, Func<IProgress<double>, T> work);

    /// <summary>Runs long work on many like things and shows how far and how fast it is, and what failed.</summary>
    /// <typeparam name="T">What the work gives.</typeparam>
    /// <param name="title">What is being done.</param>
    /// <param name="things">What is counted, in the plural; for example <c>phrases</c>.</param>
    /// <param name="work">Gets a receiver of the counts.</param>
    T WithCounts<T>(string title, string things, Func<IProgress<WorkCount>, T> work) =>
        WithProgress(title, progress => work(new SharesOfCounts(progress)));
}
