using CxrOnnx.Checkpoints.StateDicts;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Checkpoints.Torch;

/// <summary>
/// The state dict in what a checkpoint holds: the dictionary itself, one under a name that training code commonly uses, the only one there
/// is, or the one that was asked for. Where several could be meant, none is guessed.
/// </summary>
internal sealed record TorchStateDict
{
    /// <summary>The key that stands for the tensors at the top of the file, beside the dictionaries there.</summary>
    public const string TopKey = ".";

    private const int MaxWrappers = 4;
    private const int MaxListed = 20;

    private static readonly string[] WrapperNames = ["state_dict", "model", "model_state_dict", "unet_state_dict", "net"];

    /// <summary>Every tensor of the state dict, by name, in file order; entries that are not tensors are left out.</summary>
    public required OrderedDictionary<string, TorchTensor> Tensors { get; init; }

    /// <summary>Where it lies in the file; empty for the top.</summary>
    public required string Key { get; init; }

    /// <summary>What is left of the key that was asked for: no dictionary, so the beginning of names.</summary>
    public string NamePrefix { get; init; } = "";

    /// <summary>What was taken and what was not.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Finds it.</summary>
    /// <param name="content">What the file holds.</param>
    /// <param name="key">The one that is wanted, names separated by dots, or null.</param>
    /// <param name="source">The file, for messages.</param>
    /// <exception cref="ArtifactException">There is none, not the one that is wanted, or several that could be meant.</exception>
    public static TorchStateDict Find(object? content, string? key, string source)
    {
        if (content is not PickleDictionary dictionary)
        {
            throw new ArtifactException(
                $"{source}: holds {Describe(content)}, a state dict (name -> tensor) was expected; save model.state_dict()"
            );
        }

        Search search = new(source);
        if (key is null)
        {
            return search.Unwrap(dictionary, "");
        }

        if (key == TopKey)
        {
            return search.Whole(dictionary, "");
        }

        (PickleDictionary inner, string found, string rest) = search.Walk(dictionary, key, "");
        if (rest.Length == 0)
        {
            return search.Unwrap(inner, found);
        }

        TorchStateDict whole = search.Whole(inner, found, mayBeEmpty: true);
        return whole.Tensors.Keys.Any(name => name.StartsWith($"{rest}.", StringComparison.Ordinal))
            ? whole with
            {
                NamePrefix = rest,
            }
            : throw search.Unknown(dictionary, key);
    }

    private static string Describe(object? content) =>
        content switch
        {
            null => "None",
            TorchTensor => "a single tensor",
            List<object?> => "a list",
            PickleTuple => "a tuple",
            string => "text",
            _ => "a plain value",
        };

    /// <summary>One search through a file, whose dictionaries may hold each other.</summary>
    private sealed class Search(string source)
    {
        private readonly Dictionary<PickleDictionary, int> _tensorCounts = new(ReferenceEqualityComparer.Instance);
        private readonly List<string> _notes = [];

        /// <summary>Goes into the dictionary that is meant until there is none left to go into.</summary>
        public TorchStateDict Unwrap(PickleDictionary dictionary, string key)
        {
            for (int depth = 0; depth < MaxWrappers; depth++)
            {
                OrderedDictionary<string, object?> entries = dictionary.TextEntries();
                (string Name, PickleDictionary Content)[] inner = Inner(entries);
                if (inner.Length == 0)
                {
                    return Whole(dictionary, key);
                }

                (string name, PickleDictionary content) = Choose(inner, entries, key);
                key = AveragedWeights.Join(key, name);
                dictionary = content;
            }

            throw new ArtifactException($"{source}: its state dict is wrapped more than {MaxWrappers} times; save model.state_dict()");
        }

        /// <summary>The tensors of a dictionary, not of those in it.</summary>
        public TorchStateDict Whole(PickleDictionary dictionary, string key, bool mayBeEmpty = false)
        {
            if (dictionary.Pairs.Any(pair => pair.Key is not string && pair.Value is TorchTensor))
            {
                throw new ArtifactException($"{source}: a tensor has a name that is not text; save model.state_dict()");
            }

            OrderedDictionary<string, object?> entries = dictionary.TextEntries();
            OrderedDictionary<string, TorchTensor> tensors = [];
            foreach ((string name, object? value) in entries)
            {
                if (value is TorchTensor tensor)
                {
                    tensors.Add(name, tensor);
                }
            }

            if (!mayBeEmpty && tensors.Count == 0 && (entries.Count > 0 || key.Length > 0))
            {
                string where = key.Length == 0 ? "at its top level" : $"under '{TorchPickle.Printable(key)}'";
                throw new ArtifactException(
                    $"{source}: has no tensors {where}, only {Names(entries.Keys)}; a state dict, or one under "
                        + $"{string.Join(", ", WrapperNames)}, was expected"
                );
            }

            return new TorchStateDict
            {
                Tensors = tensors,
                Key = key,
                Notes = _notes,
            };
        }

        /// <summary>Follows a key through the dictionaries; names may hold dots themselves.</summary>
        public (PickleDictionary Dictionary, string Found, string Left) Walk(PickleDictionary dictionary, string key, string found)
        {
            OrderedDictionary<string, object?> entries = dictionary.TextEntries();
            for (int end = key.Length; end > 0; end = key.LastIndexOf('.', end - 1))
            {
                if (entries.GetValueOrDefault(key[..end]) is PickleDictionary inner)
                {
                    string path = AveragedWeights.Join(found, key[..end]);
                    return end == key.Length ? (inner, path, "") : Walk(inner, key[(end + 1)..], path);
                }
            }

            return (dictionary, found, key);
        }

        public ArtifactException Unknown(PickleDictionary dictionary, string key)
        {
            OrderedDictionary<string, object?> entries = dictionary.TextEntries();
            (string Name, PickleDictionary Content)[] inner = Inner(entries);
            string there = inner.Length > 0 ? $"its state dicts are {List(inner)}" : $"at its top level are {Names(entries.Keys)}";
            return new ArtifactException(
                $"{source}: `key` {TorchPickle.Printable(key)}: no state dict has this name and no tensor's name begins so; {there}"
            );
        }

        private (string Name, PickleDictionary Content) Choose(
            (string Name, PickleDictionary Content)[] inner,
            OrderedDictionary<string, object?> entries,
            string key
        )
        {
            (string Name, PickleDictionary Content)[] wrappers = [.. inner.Where(entry => WrapperNames.Contains(entry.Name))];
            (string Name, PickleDictionary Content)[] plain = [.. inner.Where(entry => !AveragedWeights.Is(entry.Name))];
            string[] loose = [.. entries.Where(entry => entry.Value is TorchTensor).Select(entry => entry.Key)];
            (string Name, PickleDictionary Content)? chosen =
                wrappers.Length == 1 ? wrappers[0]
                : wrappers.Length > 1 || loose.Length > 0 ? null
                : plain.Length == 1 ? plain[0]
                : plain.Length == 0 && inner.Length == 1 ? inner[0]
                : null;
            string under = key.Length == 0 ? "" : $" under '{TorchPickle.Printable(key)}'";
            if (chosen is not { } taken)
            {
                string beside = loose.Length == 0 ? "" : $", and {Tensors(loose.Length)} beside them ({Names(loose)})";
                throw new ArtifactException(
                    $"{source}: holds {(inner.Length == 1 ? "a state dict" : "several state dicts")}{under}: {List(inner)}{beside}; say "
                        + $"which with `key` NAME, or as FILE#NAME, for example "
                        + $"{source}#{TorchPickle.Printable(AveragedWeights.Join(key, inner[0].Name))}"
                );
            }

            string[] others = [.. inner.Where(entry => entry.Name != taken.Name).Select(entry => entry.Name)];
            if (others.Length > 0 || loose.Length > 0)
            {
                string averaged = AveragedWeights.Is(taken.Name) ? ", the averaged (EMA) weights" : "";
                string hint =
                    others.Length > 0
                        ? $": choose another with FILE#NAME, for example #{TorchPickle.Printable(AveragedWeights.Join(key, others[0]))}"
                        : "";
                _notes.Add(
                    $"took '{TorchPickle.Printable(taken.Name)}'{under}{averaged}; left out {Names([.. others, .. loose])}"
                        + $"{(others.Any(AveragedWeights.Is) ? " (EMA: averaged weights)" : "")}{hint}"
                );
            }
            else if (AveragedWeights.Is(taken.Name))
            {
                _notes.Add($"took '{TorchPickle.Printable(taken.Name)}'{under}, the averaged (EMA) weights; there are no others");
            }

            return taken;
        }

        /// <summary>The dictionaries that hold tensors and are no optimizer's.</summary>
        private (string Name, PickleDictionary Content)[] Inner(OrderedDictionary<string, object?> entries) =>
            [
                .. entries
                    .Where(entry =>
                        entry.Value is PickleDictionary inner && !IsOptimizer(entry.Key, inner) && Count(inner, MaxWrappers) > 0
                    )
                    .Select(entry => (entry.Key, (PickleDictionary)entry.Value!)),
            ];

        private static bool IsOptimizer(string name, PickleDictionary dictionary) =>
            name.StartsWith("optim", StringComparison.OrdinalIgnoreCase)
            || name.Contains("scheduler", StringComparison.OrdinalIgnoreCase)
            || dictionary.Pairs.Any(pair => pair.Key is "param_groups");

        /// <summary>Tensors with names in a dictionary and, to some depth, in those in it.</summary>
        private int Count(PickleDictionary dictionary, int depth)
        {
            if (_tensorCounts.TryGetValue(dictionary, out int known))
            {
                return known;
            }

            // While it is being counted, a dictionary that holds itself counts nothing.
            _tensorCounts[dictionary] = 0;
            long count = 0;
            foreach ((string name, object? value) in dictionary.TextEntries())
            {
                count +=
                    value is TorchTensor ? 1
                    : depth > 0 && value is PickleDictionary inner && !IsOptimizer(name, inner) ? Count(inner, depth - 1)
                    : 0;
            }

            return _tensorCounts[dictionary] = (int)Math.Min(int.MaxValue, count);
        }

        private string List((string Name, PickleDictionary Content)[] inner) =>
            string.Join(
                ", ",
                inner
                    .Take(MaxListed)
                    .Select(entry => $"'{TorchPickle.Printable(entry.Name)}' ({Tensors(Count(entry.Content, MaxWrappers))})")
            ) + (inner.Length > MaxListed ? ", ..." : "");

        private static string Tensors(int count) => count == 1 ? "1 tensor" : FormattableString.Invariant($"{count} tensors");

        private static string Names(IEnumerable<string> names)
        {
            string[] shown = [.. names.Take(MaxListed + 1)];
            return shown.Length == 0
                ? "nothing"
                : TorchPickle.Printable(string.Join(", ", shown.Take(MaxListed))) + (shown.Length > MaxListed ? ", ..." : "");
        }
    }
}
