using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace CxrOnnx.Core.Artifacts.Torch;

/// <summary>
/// A pickle machine for data only: it builds lists, dictionaries and plain values, and asks its host about every global and every persistent
/// id. It executes nothing, does not recurse, and its memory and work are bounded.
/// </summary>
internal sealed class PickleReader
{
    private const int BufferSize = 1 << 16;
    private const int MaxStack = 1 << 22;
    private const int MaxMemo = 1 << 22;
    private const int MaxTextLength = 1 << 20;
    private const long MaxWork = 20_000_000;

    private readonly ArtifactStream _file;
    private readonly long _end;
    private readonly Func<string, string, object> _findGlobal;
    private readonly Func<object?, object> _loadPersistent;
    private readonly byte[] _buffer = new byte[BufferSize];
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<long, object?> _memo = [];
    private long _bufferStart;
    private int _bufferLength;
    private long _work;

    /// <summary>Prepares to read a pickle.</summary>
    /// <param name="file">The file it lies in.</param>
    /// <param name="position">Its first byte.</param>
    /// <param name="end">The byte behind the last one that may belong to it.</param>
    /// <param name="findGlobal">Gives the value of a global by module and name, or throws.</param>
    /// <param name="loadPersistent">Gives the object that a persistent id stands for, or throws.</param>
    public PickleReader(
        ArtifactStream file, long position, long end, Func<string, string, object> findGlobal, Func<object?, object> loadPersistent)
    {
        _file = file;
        Position = position;
        _end = end;
        _findGlobal = findGlobal;
        _loadPersistent = loadPersistent;
    }

    /// <summary>The next byte to be read; after <see cref="Load"/>, the byte behind the pickle.</summary>
    public long Position { get; private set; }

    /// <summary>Reads one pickle, up to its STOP.</summary>
    public object? Load()
    {
        while (true)
        {
            Work(1);
            byte opcode = NextByte();
            if (opcode == (byte)'.')
            {
                object? result = Pop();
                return _stack.Count == 0 && _marks.Count == 0 ? result : throw Damaged("STOP comes too early");
            }

            Step(opcode);
        }
    }

    /// <summary>Counts units of work, so that a small file cannot keep the reader busy for long.</summary>
    public void Work(long amount)
    {
        _work += amount;
        if (_work > MaxWork)
        {
            throw Damaged($"needs more than {MaxWork} steps");
        }
    }

    private void Step(byte opcode)
    {
        switch ((char)opcode)
        {
            case '\x80':
                if (NextByte() > 5)
                {
                    throw Damaged("is of a pickle protocol above 5");
                }

                break;
            case '\x95':
                // A frame only tells how much may be read ahead.
                ReadLength(8);
                break;
            case '(':
                Work(1);
                _marks.Add(_stack.Count);
                if (_marks.Count > MaxStack)
                {
                    throw Damaged("is nested too deeply");
                }

                break;
            case '0':
                Pop();
                break;
            case '1':
                PopToMark();
                break;
            case '2':
                Push(Top());
                break;
            case 'N':
                Push(null);
                break;
            case '\x88':
                Push(true);
                break;
            case '\x89':
                Push(false);
                break;
            case 'J' or 'K' or 'M' or 'I' or 'L' or '\x8a' or '\x8b' or 'G' or 'F':
                Push(ReadNumber(opcode));
                break;
            case 'X' or '\x8c' or '\x8d' or 'U' or 'T' or 'V':
                Push(ReadText(opcode));
                break;
            case 'B' or 'C' or '\x8e' or '\x96':
                Push(ReadBytes(ReadLength(opcode switch { (byte)'C' => 1, (byte)'B' => 4, _ => 8 })));
                break;
            case 'q' or 'r' or 'p' or '\x94' or 'h' or 'j' or 'g':
                Memo(opcode);
                break;
            case 'c':
                Push(_findGlobal(ReadLine(), ReadLine()));
                break;
            case '\x93':
                StackGlobal();
                break;
            case 'R' or '\x81':
                Call();
                break;
            case 'b':
                // State of an object (the _metadata of a state dict, attributes of a parameter): nothing in it is needed.
                Pop();
                Top();
                break;
            case 'Q':
                Push(_loadPersistent(Pop()));
                break;
            default:
                Collection(opcode);
                break;
        }
    }

    private void Collection(byte opcode)
    {
        switch ((char)opcode)
        {
            case ')':
                Push(new PickleTuple([]));
                break;
            case '\x85' or '\x86' or '\x87':
                object?[] items = new object?[opcode - 0x84];
                for (int i = items.Length - 1; i >= 0; i--)
                {
                    items[i] = Pop();
                }

                Push(new PickleTuple(items));
                break;
            case 't':
                Push(new PickleTuple(PopToMark()));
                break;
            case ']' or '\x8f':
                Push(new List<object?>());
                break;
            case 'l' or '\x91':
                Push(PopToMark());
                break;
            case 'a':
                object? element = Pop();
                Top<List<object?>>("APPEND").Add(element);
                break;
            case 'e' or '\x90':
                List<object?> elements = PopToMark();
                Top<List<object?>>("APPENDS").AddRange(elements);
                break;
            case '}':
                Push(new PickleDictionary());
                break;
            case 'd':
                List<object?> content = PopToMark();
                PickleDictionary dictionary = new();
                SetItems(dictionary, content);
                Push(dictionary);
                break;
            case 's':
                object? value = Pop();
                object? key = Pop();
                Top<PickleDictionary>("SETITEM").Set(key, value);
                break;
            case 'u':
                List<object?> pairs = PopToMark();
                SetItems(Top<PickleDictionary>("SETITEMS"), pairs);
                break;
            default:
                throw Damaged($"uses opcode 0x{opcode:x2}, which no state dict needs");
        }
    }

    private void SetItems(PickleDictionary dictionary, List<object?> pairs)
    {
        if (pairs.Count % 2 != 0)
        {
            throw Damaged("gives a dictionary key without value");
        }

        for (int i = 0; i < pairs.Count; i += 2)
        {
            dictionary.Set(pairs[i], pairs[i + 1]);
        }
    }

    private void Call()
    {
        object? arguments = Pop();
        object? callable = Pop();
        if (callable is not PickleCallable target || arguments is not PickleTuple tuple)
        {
            throw Damaged("calls something that is not a function");
        }

        Push(target.Call(tuple));
    }

    private void StackGlobal()
    {
        if (Pop() is string name && Pop() is string module)
        {
            Push(_findGlobal(module, name));
        }
        else
        {
            throw Damaged("refers to a global without a name");
        }
    }

    private void Memo(byte opcode)
    {
        long index = (char)opcode switch
        {
            'q' or 'h' => NextByte(),
            'r' or 'j' => ReadLength(4),
            '\x94' => _memo.Count,
            _ => long.TryParse(ReadLine(), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : throw Damaged("has a memo index that is no number"),
        };
        if ((char)opcode is 'h' or 'j' or 'g')
        {
            Push(_memo.TryGetValue(index, out object? value) ? value : throw Damaged($"refers to memo entry {index}, which was never stored"));
            return;
        }

        _memo[index] = Top();
        if (_memo.Count > MaxMemo)
        {
            throw Damaged($"has more than {MaxMemo} memo entries");
        }
    }

    private object ReadNumber(byte opcode)
    {
        switch ((char)opcode)
        {
            case 'J':
                return (long)BinaryPrimitives.ReadInt32LittleEndian(ReadBytes(4));
            case 'K':
                return (long)NextByte();
            case 'M':
                return (long)BinaryPrimitives.ReadUInt16LittleEndian(ReadBytes(2));
            case 'G':
                return BinaryPrimitives.ReadDoubleBigEndian(ReadBytes(8));
            case 'F':
                return double.TryParse(ReadLine(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : double.NaN;
            case 'I' or 'L':
                string text = ReadLine();
                return text switch
                {
                    "00" => false,
                    "01" => true,
                    _ => long.TryParse(text.TrimEnd('L'), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long integer)
                        ? integer
                        : new PickleOpaque("int"),
                };
            default:
                byte[] bytes = ReadBytes(ReadLength(opcode == 0x8a ? 1 : 4));
                return LongInteger(bytes);
        }
    }

    /// <summary>Little-endian two's complement of any length; what does not fit 64 bits (the legacy format's magic number) stays bytes.</summary>
    private static object LongInteger(byte[] bytes)
    {
        if (bytes.Length > sizeof(long))
        {
            return bytes;
        }

        long value = 0;
        for (int i = bytes.Length - 1; i >= 0; i--)
        {
            value = (value << 8) | bytes[i];
        }

        int unused = 64 - (8 * bytes.Length);
        return bytes.Length == 0 ? 0L : value << unused >> unused;
    }

    private string ReadText(byte opcode)
    {
        if (opcode == (byte)'V')
        {
            return ReadLine();
        }

        long length = ReadLength((char)opcode switch { 'X' or 'T' => 4, '\x8d' => 8, _ => 1 });
        if (length > MaxTextLength)
        {
            throw Damaged($"holds a text of {length} bytes, at most {MaxTextLength} are read");
        }

        byte[] bytes = ReadBytes(length);
        return (char)opcode is 'U' or 'T' ? Encoding.Latin1.GetString(bytes) : Encoding.UTF8.GetString(bytes);
    }

    private string ReadLine()
    {
        List<byte> line = [];
        for (byte next = NextByte(); next != (byte)'\n'; next = NextByte())
        {
            line.Add(next);
            if (line.Count > MaxTextLength)
            {
                throw Damaged($"holds a line of more than {MaxTextLength} bytes");
            }
        }

        return Encoding.UTF8.GetString([.. line]);
    }

    private long ReadLength(int bytes)
    {
        ulong length = 0;
        for (int i = 0; i < bytes; i++)
        {
            length |= (ulong)NextByte() << (8 * i);
        }

        return length <= long.MaxValue ? (long)length : throw Damaged($"gives a length of {length}");
    }

    private byte[] ReadBytes(long length)
    {
        if (length > _end - Position)
        {
            throw Damaged($"wants {length} more bytes, {_end - Position} are left");
        }

        byte[] bytes = new byte[length];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = NextByte();
        }

        return bytes;
    }

    private byte NextByte()
    {
        long inBuffer = Position - _bufferStart;
        if (_bufferLength == 0 || inBuffer >= _bufferLength)
        {
            if (Position >= _end)
            {
                throw Damaged("ends in the middle");
            }

            _bufferStart = Position;
            _bufferLength = (int)Math.Min(BufferSize, _end - Position);
            _file.ReadExactly(_bufferStart, _buffer.AsSpan(0, _bufferLength));
            inBuffer = 0;
        }

        Position++;
        return _buffer[inBuffer];
    }

    private void Push(object? value)
    {
        _stack.Add(value);
        if (_stack.Count > MaxStack)
        {
            throw Damaged($"needs more than {MaxStack} stack entries");
        }
    }

    private object? Pop()
    {
        object? value = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object? Top() =>
        _stack.Count > (_marks.Count > 0 ? _marks[^1] : 0) ? _stack[^1] : throw Damaged("takes a value from an empty stack");

    private T Top<T>(string opcode)
        where T : class =>
        Top() as T ?? throw Damaged($"uses {opcode} on something that cannot take it");

    private List<object?> PopToMark()
    {
        if (_marks.Count == 0)
        {
            throw Damaged("has no mark where one is needed");
        }

        int mark = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        List<object?> items = _stack.GetRange(mark, _stack.Count - mark);
        _stack.RemoveRange(mark, items.Count);
        return items;
    }

    private ArtifactException Damaged(string problem) =>
        new($"{_file.Source}: the pickle {problem} (at byte {Position} of the file); the file is damaged, copy or save it again");
}
