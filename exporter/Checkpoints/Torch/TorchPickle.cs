using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Checkpoints.Torch;

/// <summary>
/// What a PyTorch state dict may refer to: ordered dictionaries, tensors, parameters, storages and a few plain values. Every other global
/// is refused by name, before anything is done with it.
/// </summary>
internal sealed class TorchPickle
{
    private const int MaxDimensions = 64;

    // Views with stride 0 ("expanded") can be larger than what is stored; this bounds what a small file can ask for.
    private const long MaxExpandedElements = 1 << 24;

    private static readonly Dictionary<string, TensorDataType?> StorageTypes = new()
    {
        ["FloatStorage"] = TensorDataType.F32,
        ["DoubleStorage"] = TensorDataType.F64,
        ["HalfStorage"] = TensorDataType.F16,
        ["BFloat16Storage"] = TensorDataType.BF16,
        ["LongStorage"] = TensorDataType.I64,
        ["IntStorage"] = TensorDataType.I32,
        ["ShortStorage"] = TensorDataType.I16,
        ["CharStorage"] = TensorDataType.I8,
        ["ByteStorage"] = TensorDataType.U8,
        ["BoolStorage"] = TensorDataType.BOOL,
        ["UntypedStorage"] = null,
    };

    private static readonly Dictionary<string, TensorDataType> DataTypes = new()
    {
        ["float32"] = TensorDataType.F32,
        ["float64"] = TensorDataType.F64,
        ["float16"] = TensorDataType.F16,
        ["bfloat16"] = TensorDataType.BF16,
        ["int64"] = TensorDataType.I64,
        ["int32"] = TensorDataType.I32,
        ["int16"] = TensorDataType.I16,
        ["int8"] = TensorDataType.I8,
        ["uint8"] = TensorDataType.U8,
        ["bool"] = TensorDataType.BOOL,
    };

    private readonly ArtifactStream _file;
    private readonly Dictionary<string, TorchStorage> _storages = [];
    private PickleReader? _reader;

    public TorchPickle(ArtifactStream file) => _file = file;

    /// <summary>Every storage that was referred to, by key.</summary>
    public IReadOnlyDictionary<string, TorchStorage> Storages => _storages;

    /// <summary>Reads one pickle.</summary>
    /// <param name="position">Its first byte in the file; afterwards the byte behind it.</param>
    /// <param name="end">The byte behind the last one that may belong to it.</param>
    public object? Load(ref long position, long end)
    {
        PickleReader reader = new(_file, position, end, FindGlobal, LoadPersistent);
        _reader = reader;
        object? value = reader.Load();
        position = reader.Position;
        return value;
    }

    private object FindGlobal(string module, string name) =>
        (module, name) switch
        {
            ("collections", "OrderedDict") => new PickleCallable("collections.OrderedDict", OrderedDictionary),
            ("torch._utils", "_rebuild_tensor_v2") => new PickleCallable(
                "torch._utils._rebuild_tensor_v2",
                arguments => Tensor(arguments, null, 6)
            ),
            ("torch._utils", "_rebuild_tensor_v3") => new PickleCallable(
                "torch._utils._rebuild_tensor_v3",
                arguments => Tensor(arguments, Argument<DataTypeName>(arguments, 6).Type, 7)
            ),
            ("torch._utils", "_rebuild_parameter" or "_rebuild_parameter_with_state") => new PickleCallable(
                $"torch._utils.{name}",
                arguments => Argument<TorchTensor>(arguments, 0)
            ),
            ("torch", "Size") => new PickleCallable("torch.Size", arguments => Argument<PickleTuple>(arguments, 0)),


            ("torch", "device")
            or
            ("_codecs", "encode")
            or
            ("numpy", "dtype")
            or ("numpy.core.multiarray" or "numpy._core.multiarray", "scalar") => new PickleCallable(
                $"{module}.{name}",
                _ => new PickleOpaque(name)
            ),
            ("builtins" or "__builtin__", "set") => new PickleCallable("builtins.set", _ => new List<object?>()),
            ("torch" or "torch.storage", _) when StorageTypes.TryGetValue(name, out TensorDataType? type) => new StorageTypeName(
                name,
                type
            ),
            ("torch", _) when DataTypes.TryGetValue(name, out TensorDataType type) => new DataTypeName(type),
            _ => throw new ArtifactException(
                $"{_file.Source}: refers to {Printable(module)}.{Printable(name)}; refusing to load, because only tensors and plain "
                    + $"values are read and no "
                    + "code is run; save the state dict alone: torch.save(model.state_dict(), path)"
            ),
        };

    private PickleDictionary OrderedDictionary(PickleTuple arguments)
    {
        PickleDictionary dictionary = new();
        foreach (object? item in arguments.Items.Count == 0 ? [] : Argument<List<object?>>(arguments, 0))
        {
            _reader!.Work(1);
            IReadOnlyList<object?> pair = item switch
            {
                PickleTuple { Items: { Count: 2 } items } => items,
                List<object?> { Count: 2 } items => items,
                _ => throw Damaged("an OrderedDict is made from something that is not pairs"),
            };
            dictionary.Set(pair[0], pair[1]);
        }

        return dictionary;
    }

    private TorchStorage LoadPersistent(object? id)
    {
        // ("storage", type, key, location, element count); the legacy format adds a view, which PyTorch 0.4 and later never writes.
        if (
            id is not PickleTuple { Items: { Count: 5 or 6 } items }
            || items[0] is not "storage"
            || items[1] is not StorageTypeName type
            || items[2] is not string key
            || items[4] is not (long and >= 0 and var elementCount)
            || (items.Count == 6 && items[5] is not null)
        )
        {
            throw Damaged("a persistent id does not describe a storage");
        }

        TorchStorage storage = new(key, type.Type, elementCount);
        if (!_storages.TryAdd(key, storage) && _storages[key] != storage)
        {
            throw Damaged($"storage '{Printable(key)}' is described in two ways");
        }

        return storage;
    }

    private TorchTensor Tensor(PickleTuple arguments, TensorDataType? dataType, int flags)
    {
        TorchStorage storage = Argument<TorchStorage>(arguments, 0);
        long offset = Argument<long>(arguments, 1);
        IReadOnlyList<long> shape = Integers(Argument<PickleTuple>(arguments, 2));
        IReadOnlyList<long> strides = Integers(Argument<PickleTuple>(arguments, 3));
        if ((dataType ?? storage.DataType) is not { } type)
        {
            throw Damaged($"a tensor on storage '{Printable(storage.Key)}' has no element type");
        }

        if (shape.Count != strides.Count || shape.Count > MaxDimensions || offset < 0)
        {
            throw Damaged($"a tensor has {shape.Count} dimensions, {strides.Count} strides and offset {offset}");
        }

        TorchTensor tensor = new(storage, type, offset, shape, strides, IsNegated(arguments, flags, type));
        try
        {
            Check(tensor);
        }
        catch (OverflowException)
        {
            throw Damaged($"a tensor of shape [{string.Join(", ", shape)}] has more elements than 64 bits can count");
        }

        return tensor;
    }

    /// <summary>
    /// The flags of a tensor: "neg" gives the values the other sign, "conj" means nothing for real numbers, and any other that is set
    /// could mean anything.
    /// </summary>
    private bool IsNegated(PickleTuple arguments, int index, TensorDataType type)
    {
        if (index >= arguments.Items.Count || arguments.Items[index] is null)
        {
            return false;
        }

        PickleDictionary flags = Argument<PickleDictionary>(arguments, index);
        bool negated = false;
        foreach ((object? key, object? value) in flags.Pairs)
        {
            _reader!.Work(1);
            if (key is not string name || value is not (bool or long))
            {
                throw Damaged("a tensor's flags are not names with true or false");
            }

            bool isSet = value is true or (long and not 0);
            switch (name)
            {
                case "neg":
                    negated = isSet;
                    break;
                case "conj":
                    break;
                default:
                    if (isSet)
                    {
                        throw new ArtifactException(
                            $"{_file.Source}: a tensor has the flag '{Printable(name)}', whose meaning is not known; save "
                                + $"tensor.clone() instead"
                        );
                    }

                    break;
            }
        }

        return negated && type == TensorDataType.BOOL ? throw Damaged("a tensor of truth values is marked as negated") : negated;
    }

    private void Check(TorchTensor tensor)
    {
        TensorInfo info = new("", tensor.DataType, tensor.Shape);
        long stored = tensor.Storage.ByteCount / info.ElementSize;
        if (info.ByteCount == 0)
        {
            return;
        }

        if (tensor.LastIndex >= stored)
        {
            throw Damaged(
                $"a tensor of shape {info.ShapeText} reaches element {tensor.LastIndex} of storage '{Printable(tensor.Storage.Key)}', "
                    + $"which has {stored}"
            );
        }

        if (info.ElementCount > Math.Max(stored, MaxExpandedElements))
        {
            throw Damaged(
                $"a tensor of shape {info.ShapeText} repeats the {stored} elements of storage '{Printable(tensor.Storage.Key)}' too often"
            );
        }
    }

    private IReadOnlyList<long> Integers(PickleTuple tuple)
    {
        _reader!.Work(tuple.Items.Count);
        return
        [
            .. tuple.Items.Select(item =>
                item is long and >= 0 ? (long)item : throw Damaged("a tensor's shape or strides are not natural numbers")
            ),
        ];
    }

    private T Argument<T>(PickleTuple arguments, int index) =>
        index < arguments.Items.Count && arguments.Items[index] is T value
            ? value
            : throw Damaged($"argument {index} of a call is not a {typeof(T).Name}");

    private ArtifactException Damaged(string problem) => new($"{_file.Source}: {problem}; the file is damaged, copy or save it again");

    /// <summary>Text from a file that may be hostile, fit for a one-line message.</summary>
    internal static string Printable(string text)
    {
        const int MaxLength = 200;
        string shown = text.Length > MaxLength ? $"{text[..MaxLength]}..." : text;
        return string.Create(
            shown.Length,
            shown,
            (span, value) =>
            {
                for (int i = 0; i < span.Length; i++)
                {
                    span[i] = char.IsControl(value[i]) || char.IsSurrogate(value[i]) ? '?' : value[i];
                }
            }
        );
    }

    private sealed record StorageTypeName(string Name, TensorDataType? Type);

    private sealed record DataTypeName(TensorDataType Type);
}
