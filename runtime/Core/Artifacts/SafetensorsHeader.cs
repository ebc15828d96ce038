using System.Text.Json;

namespace CxrOnnx.Core.Artifacts;

/// <summary>
/// The JSON header of a safetensors file, with every rule of the format checked: <c>{ name: { dtype, shape, data_offsets: [begin, end] }
/// }</c>, offsets relative to the end of the header, no overlaps, no holes, nothing behind the last tensor.
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>Longest header that is read, as in the reference implementation.</summary>
    public const long MaxLength = 100_000_000;

    /// <summary>Names of the filler tensors that <see cref="SafetensorsWriter"/> puts between aligned ones begin with this.</summary>
    public const string PaddingPrefix = "__padding__.";

    private const string MetadataKey = "__metadata__";
    private const int MaxDimensions = 64;

    private readonly string _source;
    private readonly long _dataLength;
    private readonly List<Entry> _entries = [];

    private SafetensorsHeader(string source, long dataLength)
    {
        _source = source;
        _dataLength = dataLength;
    }

    /// <summary>One tensor and its bytes, relative to the end of the header.</summary>
    public readonly record struct Entry(TensorInfo Info, long Begin, long End);

    /// <summary>Tensors in header order.</summary>
    public IReadOnlyList<Entry> Entries => _entries;

    public OrderedDictionary<string, string> Metadata { get; } = [];

    /// <summary>Parses and checks a header.</summary>
    /// <param name="json">Header bytes, without the eight bytes of length.</param>
    /// <param name="dataLength">Bytes of the file behind the header.</param>
    /// <param name="source">For messages.</param>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long dataLength, string source)
    {
        SafetensorsHeader header = new(source, dataLength);
        try
        {
            header.Parse(json);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new ArtifactException($"{source}: the safetensors header is not valid JSON: {exception.Message}", exception);
        }

        header.CheckCoverage();
        return header;
    }

    private void Parse(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty || json[0] != (byte)'{')
        {
            throw Wrong("the safetensors header does not begin with '{'");
        }

        Utf8JsonReader reader = new(json);
        reader.Read();
        HashSet<string> names = [];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            if (!names.Add(name))
            {
                throw Wrong($"tensor '{name}' is in the header twice");
            }

            reader.Read();
            if (name == MetadataKey)
            {
                ParseMetadata(ref reader);
            }
            else
            {
                _entries.Add(ParseTensor(ref reader, name));
            }
        }

        // Anything but white space behind the closing brace makes the reader throw here.
        while (reader.Read()) { }
    }

    private void ParseMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Wrong($"{MetadataKey} is {Describe(reader.TokenType)}, an object of strings was expected");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
            {
                throw Wrong($"{MetadataKey} entry '{key}' is {Describe(reader.TokenType)}, a string was expected");
            }

            if (!Metadata.TryAdd(key, reader.GetString()!))
            {
                throw Wrong($"{MetadataKey} entry '{key}' is in the header twice");
            }
        }
    }

    private Entry ParseTensor(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Wrong($"tensor '{name}' is {Describe(reader.TokenType)}, an object with dtype, shape and data_offsets was expected");
        }

        string? dtype = null;
        IReadOnlyList<long>? shape = null;
        IReadOnlyList<long>? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string field = reader.GetString()!;
            reader.Read();
            switch (field)
            {
                case "dtype" when dtype is null && reader.TokenType == JsonTokenType.String:
                    dtype = reader.GetString();
                    break;
                case "shape" when shape is null:
                    shape = ParseIntegers(ref reader, name, field);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ParseIntegers(ref reader, name, field);
                    break;
                case "dtype" or "shape" or "data_offsets":
                    throw Wrong($"tensor '{name}': field '{field}' is there twice or is {Describe(reader.TokenType)}");
                default:
                    throw Wrong($"tensor '{name}': unknown field '{field}'; dtype, shape and data_offsets are known");
            }
        }

        if (dtype is null || shape is null || offsets is null)
        {
            string missing = string.Join(
                ", ",
                new[] { dtype is null ? "dtype" : "", shape is null ? "shape" : "", offsets is null ? "data_offsets" : "" }.Where(field =>
                    field.Length > 0
                )
            );
            throw Wrong($"tensor '{name}' has no {missing}");
        }

        return Check(name, dtype, shape, offsets);
    }

    private List<long> ParseIntegers(ref Utf8JsonReader reader, string name, string field)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw Wrong($"tensor '{name}': {field} is {Describe(reader.TokenType)}, a list of integers was expected");
        }

        List<long> numbers = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0)
            {
                throw Wrong($"tensor '{name}': {field} holds something that is not an integer from 0 to {long.MaxValue}");
            }

            numbers.Add(number);
            if (numbers.Count > MaxDimensions)
            {
                throw Wrong($"tensor '{name}': {field} has more than {MaxDimensions} numbers");
            }
        }

        return numbers;
    }

    private Entry Check(string name, string dtype, IReadOnlyList<long> shape, IReadOnlyList<long> offsets)
    {
        // Enum.TryParse would take numbers and combinations, so the name has to be one of the declared ones.
        if (!Enum.IsDefined(typeof(TensorDataType), dtype))
        {
            throw Wrong($"tensor '{name}' has dtype '{dtype}'; known are {string.Join(", ", Enum.GetNames<TensorDataType>())}");
        }

        TensorInfo info = new(name, Enum.Parse<TensorDataType>(dtype), shape);
        if (offsets.Count != 2)
        {
            throw Wrong($"tensor '{name}': data_offsets has {offsets.Count} numbers, two were expected (begin, end)");
        }

        (long begin, long end) = (offsets[0], offsets[1]);
        if (begin > end || end > _dataLength)
        {
            throw Wrong(
                $"tensor '{name}': data_offsets [{begin}, {end}] do not lie in the {_dataLength} bytes of data; the file may be "
                    + $"truncated, copy it again"
            );
        }

        long byteCount;
        try
        {
            byteCount = info.ByteCount;
        }
        catch (OverflowException exception)
        {
            throw new ArtifactException(
                $"{_source}: tensor '{name}': shape {info.ShapeText} has more elements than 64 bits can count",
                exception
            );
        }

        if (byteCount != end - begin)
        {
            throw Wrong(
                $"tensor '{name}': {dtype} {info.ShapeText} needs {byteCount} bytes, data_offsets [{begin}, {end}] hold {end - begin}"
            );
        }

        return new Entry(info, begin, end);
    }

    private void CheckCoverage()
    {
        long position = 0;
        string previous = "the header";
        foreach (Entry entry in _entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.Begin < position)
            {
                throw Wrong(
                    $"tensor '{entry.Info.Name}' begins at byte {entry.Begin} of the data, inside {previous}, which ends at {position}"
                );
            }

            if (entry.Begin > position)
            {
                throw Wrong($"{entry.Begin - position} bytes between {previous} and tensor '{entry.Info.Name}' belong to no tensor");
            }

            position = entry.End;
            previous = $"tensor '{entry.Info.Name}'";
        }

        if (position != _dataLength)
        {
            throw Wrong($"{_dataLength - position} bytes behind {previous} belong to no tensor");
        }
    }

    private static string Describe(JsonTokenType type) =>
        type switch
        {
            JsonTokenType.StartObject => "an object",
            JsonTokenType.StartArray => "a list",
            JsonTokenType.String => "a string",
            JsonTokenType.Number => "a number",
            JsonTokenType.True or JsonTokenType.False => "a boolean",
            JsonTokenType.Null => "null",
            _ => "something else",
        };

    private ArtifactException Wrong(string message) => new($"{_source}: {message}");
}
