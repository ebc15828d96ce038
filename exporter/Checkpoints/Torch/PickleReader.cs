using System.Globalization;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Checkpoints.Torch;

/// <summary>
/// A pickle machine for data only: it builds lists, dictionaries and plain values, and asks its host about every global and every
/// persistent id. It executes nothing, does not recurse, and its memory and work are bounded.
/// </summary>
internal sealed class PickleReader
{
    private const int MaxStack = 1 << 22;
    private const int MaxMemo = 1 << 22;
    private const long MaxWork = 20_000_000;

    private readonly PickleInput _input;
    private readonly Func<string, string, object> _findGlobal;
    private readonly Func<object?, object> _loadPersistent;
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<long, object?> _memo = [];
    private long _work;

    /// <summary>Prepares to read a pickle.</summary>
    /// <param name="file">The file it lies in.</param>
    /// <param name="position">Its first byte.</param>
    /// <param name="end">The byte behind the last one that may belong to it.</param>
    /// <param name="findGlobal">Gives the value of a global by module and name, or throws.</param>
    /// <param name="loadPersistent">Gives the object that a persistent id stands for, or throws.</param>
    public PickleReader(
        ArtifactStream file,
        long position,
        long end,
        Func<string, string, object> findGlobal,
        Func<object?, object> loadPersistent
    )
    {
        _input = new PickleInput(file, position, end);
        _findGlobal = findGlobal;
        _loadPersistent = loadPersistent;
    }

    /// <summary>The next byte to be read; after <see cref="Load"/>, the byte behind the pickle.</summary>
    public long Position => _input.Position;

    /// <summary>Reads one pickle, up to its STOP.</summary>
    public object? Load()
    {
        while (true)
        {
            Work(1);
            byte opcode = _input.NextByte();
            if (opcode == (byte)'.')
            {
                object? result = Pop();
                return _stack.Count == 0 && _marks.Count == 0 ? result : throw _input.Damaged("STOP comes too early");
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
            throw _input.Damaged($"needs more than {MaxWork} steps");
        }
    }

    private void Step(byte opcode)
    {
        switch ((char)opcode)
        {
            case '\x80':
                if (_input.NextByte() > 5)
                {
                    throw _input.Damaged("is of a pickle protocol above 5");
                }

                break;
            case '\x95':
                // A frame only tells how much may be read ahead.
                _input.ReadLength(8);
                break;
            case '(':
                Work(1);
                _marks.Add(_stack.Count);
                if (_marks.Count > MaxStack)
                {
                    throw _input.Damaged("is nested too deeply");
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
                Push(_input.ReadNumber(opcode));
                break;
            case 'X' or '\x8c' or '\x8d' or 'U' or 'T' or 'V':
                Push(_input.ReadText(opcode));
                break;
            case 'B' or 'C' or '\x8e' or '\x96':
                Push(
                    _input.ReadBytes(
                        _input.ReadLength(
                            opcode switch
                            {
                                (byte)'C' => 1,
                                (byte)'B' => 4,
                                _ => 8,
                            }
                        )
                    )
                );
                break;
            case 'q' or 'r' or 'p' or '\x94' or 'h' or 'j' or 'g':
                Memo(opcode);
                break;
            case 'c':
                Push(_findGlobal(_input.ReadLine(), _input.ReadLine()));
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
                throw _input.Damaged($"uses opcode 0x{opcode:x2}, which no state dict needs");
        }
    }

    private void SetItems(PickleDictionary dictionary, List<object?> pairs)
    {
        if (pairs.Count % 2 != 0)
        {
            throw _input.Damaged("gives a dictionary key without value");
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
            throw _input.Damaged("calls something that is not a function");
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
            throw _input.Damaged("refers to a global without a name");
        }
    }

    private void Memo(byte opcode)
    {
        long index = (char)opcode switch
        {
            'q' or 'h' => _input.NextByte(),
            'r' or 'j' => _input.ReadLength(4),
            '\x94' => _memo.Count,
            _ => long.TryParse(_input.ReadLine(), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                ? number
                : throw _input.Damaged("has a memo index that is no number"),
        };
        if ((char)opcode is 'h' or 'j' or 'g')
        {
            Push(
                _memo.TryGetValue(index, out object? value)
                    ? value
                    : throw _input.Damaged($"refers to memo entry {index}, which was never stored")
            );
            return;
        }

        _memo[index] = Top();
        if (_memo.Count > MaxMemo)
        {
            throw _input.Damaged($"has more than {MaxMemo} memo entries");
        }
    }

    private void Push(object? value)
    {
        _stack.Add(value);
        if (_stack.Count > MaxStack)
        {
            throw _input.Damaged($"needs more than {MaxStack} stack entries");
        }
    }

    private object? Pop()
    {
        object? value = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object? Top() =>
        _stack.Count > (_marks.Count > 0 ? _marks[^1] : 0) ? _stack[^1] : throw _input.Damaged("takes a value from an empty stack");

    private T Top<T>(string opcode)
        where T : class => Top() as T ?? throw _input.Damaged($"uses {opcode} on something that cannot take it");

    private List<object?> PopToMark()
    {
        if (_marks.Count == 0)
        {
            throw _input.Damaged("has no mark where one is needed");
        }

        int mark = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        List<object?> items = _stack.GetRange(mark, _stack.Count - mark);
        _stack.RemoveRange(mark, items.Count);
        return items;
    }
}
