using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Checkpoints.Torch;

/// <summary>
/// Finds the state dict in what a checkpoint holds: the dictionary itself, or one under a name that training code commonly uses.
/// </summary>
internal static class TorchStateDict
{
    private const int MaxWrappers = 4;

    private static readonly string[] WrapperNames = ["state_dict", "model", "model_state_dict", "unet_state_dict", "net"];

    /// <summary>Every tensor of the state dict, by name, in file order; entries that are not tensors are left out.</summary>
    public static OrderedDictionary<string, TorchTensor> Find(object? content, string source)
    {
        if (content is not PickleDictionary dictionary)
        {
            throw new ArtifactException(
                $"{source}: holds {Describe(content)}, a state dict (name -> tensor) was expected; save model.state_dict()"
            );
        }

        for (int depth = 0; depth < MaxWrappers; depth++)
        {
            OrderedDictionary<string, object?> entries = dictionary.TextEntries();
            PickleDictionary? inner = WrapperNames
                .Select(name => entries.GetValueOrDefault(name))
                .OfType<PickleDictionary>()
                .FirstOrDefault();
            if (inner is null)
            {
                return Tensors(dictionary, entries, source);
            }

            dictionary = inner;
        }

        throw new ArtifactException($"{source}: its state dict is wrapped more than {MaxWrappers} times; save model.state_dict()");
    }

    private static OrderedDictionary<string, TorchTensor> Tensors(
        PickleDictionary dictionary,
        OrderedDictionary<string, object?> entries,
        string source
    )
    {
        if (dictionary.Pairs.Any(pair => pair.Key is not string && pair.Value is TorchTensor))
        {
            throw new ArtifactException($"{source}: a tensor has a name that is not text; save model.state_dict()");
        }

        OrderedDictionary<string, TorchTensor> tensors = [];
        foreach ((string name, object? value) in entries)
        {
            if (value is TorchTensor tensor)
            {
                tensors.Add(name, tensor);
            }
        }

        if (tensors.Count == 0 && entries.Count > 0)
        {
            string keys = TorchPickle.Printable(string.Join(", ", entries.Keys.Take(20)));
            throw new ArtifactException(
                $"{source}: has no tensors at its top level, only {keys}; a state dict, or one under {string.Join(", ", WrapperNames)}, "
                    + $"was expected"
            );
        }

        return tensors;
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
}
