using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Checkpoints.Torch;

/// <summary>
/// The bytes of a pickle and the arguments of its opcodes, with limits on everything that a length in the file could ask for.
/// </summary>
internal sealed class PickleInput
{
    private const int BufferSize = 1 << 16;
    private const int MaxTextLength = 1 << 20;

    private readonly ArtifactStream _file;
    private readonly long _end;
    private readonly byte[] _buffer = new byte[BufferSize];
    private long _bufferStart;
    private int _bufferLength;

    /// <summary>Prepares to read from <paramref name="position"/> up to, and without, <paramref name="end"/>.</summary>
    public PickleInput(ArtifactStream file, long position, long end)
    {
        _file = file;
        Position = position;
        _end = end;
    }

    /// <summary>The next byte to be read.</summary>
    public long Position { get; private set; }

    /// <summary>The argument of an integer or floating-point opcode.</summary>
    public object ReadNumber(byte opcode)
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
                return double.TryParse(ReadLine(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
                    ? number
                    : double.NaN;
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

    /// <summary>
    /// Little-endian two's complement of any length; what does not fit 64 bits (the legacy format's magic number) stays bytes.
    /// </summary>
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

    /// <summary>The argument of a text opcode.</summary>
    public string ReadText(byte opcode)
    {
        if (opcode == (byte)'V')
        {
            return ReadLine();
        }

        long length = ReadLength(
            (char)opcode switch
            {
                'X' or 'T' => 4,
                '\x8d' => 8,
                _ => 1,
            }
        );
        if (length > MaxTextLength)
        {
            throw Damaged($"holds a text of {length} bytes, at most {MaxTextLength} are read");
        }

        byte[] bytes = ReadBytes(length);
        return (char)opcode is 'U' or 'T' ? Encoding.Latin1.GetString(bytes) : Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Text up to a line feed.</summary>
    public string ReadLine()
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

    /// <summary>A length or index of that many bytes, little-endian.</summary>
    public long ReadLength(int bytes)
    {
        ulong length = 0;
        for (int i = 0; i < bytes; i++)
        {
            length |= (ulong)NextByte() << (8 * i);
        }

        return length <= long.MaxValue ? (long)length : throw Damaged($"gives a length of {length}");
    }

    /// <summary>That many bytes; never reserves more than the file still has.</summary>
    public byte[] ReadBytes(long length)
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

    /// <summary>The next byte.</summary>
    public byte NextByte()
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

    /// <summary>What to throw when the pickle breaks a rule; the problem begins with a verb.</summary>
    public ArtifactException Damaged(string problem) =>
        new($"{_file.Source}: the pickle {problem} (at byte {Position} of the file); the file is damaged, copy or save it again");
}
