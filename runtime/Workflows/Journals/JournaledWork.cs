using System.Text.Json.Serialization.Metadata;
using CxrOnnx.Core;

namespace CxrOnnx.Workflows.Journals;

/// <summary>
/// Work on one image after the other whose results are kept as they come. What an earlier run found is taken over while the image is the
/// same; an image that fails is told of at the end, when all others are done.
/// </summary>
/// <param name="journal">Where results are kept.</param>
/// <param name="cancellationToken">Stops between two images.</param>
public sealed class JournaledWork(RunJournal journal, CancellationToken cancellationToken)
{
    private readonly ContentHashes _hashes = new();

    /// <summary>Does the work.</summary>
    /// <typeparam name="TItem">What is worked on.</typeparam>
    /// <typeparam name="TResult">What is found for it.</typeparam>
    /// <param name="items">The items in order.</param>
    /// <param name="keyOf">Name of an item, different for each, and the file of its image.</param>
    /// <param name="work">Finds the result.</param>
    /// <param name="type">How a result is kept.</param>
    /// <param name="done">Told after each item: how many are done.</param>
    /// <returns>The results in the order of the items.</returns>
    /// <exception cref="CxrOnnxException">Some items failed; names them. All other results are kept.</exception>
    public IReadOnlyList<TResult> Run<TItem, TResult>(
        IReadOnlyList<TItem> items,
        Func<TItem, (string Name, string Image)> keyOf,
        Func<TItem, TResult> work,
        JsonTypeInfo<TResult> type,
        Action<int> done
    )
        where TResult : class
    {
        List<TResult> results = [];
        InputProblems problems = new();
        foreach ((int i, TItem item) in items.Index())
        {
            cancellationToken.ThrowIfCancellationRequested();
            problems.Try(() =>
            {
                (string name, string image) = keyOf(item);
                string key = $"{name} | {_hashes.Of(image)}";
                if (journal.Find(key, type) is not { } result)
                {
                    result = work(item);
                    journal.Add(key, result, type);
                }

                results.Add(result);
            });
            done(i + 1);
        }

        problems.ThrowIfAny("nothing was written; what the others gave is kept, and the same command goes on from there", always: true);
        return results;
    }
}
