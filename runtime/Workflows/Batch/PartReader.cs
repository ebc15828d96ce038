namespace CxrOnnx.Workflows.Batch;

/// <summary>Reads the lines of a results file one after the other, with the place of each.</summary>
/// <param name="file">The file, from its beginning.</param>
internal sealed class PartReader(FileStream file) : IDisposable
{
    private readonly BufferedStream _bytes = new(file, 1 << 16);
    private long _next;

    /// <summary>Where the last line begins in the file.</summary>
    public long Start { get; private set; }

    /// <summary>Number of the last line, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>Whether bytes follow the end of the last line.</summary>
    public bool HasRest { get; private set; }

    /// <summary>The next line without its end; null where there is no whole one.</summary>
    public byte[]? Next()
    {
        using MemoryStream line = new();
        while (_bytes.ReadByte() is >= 0 and var value)
        {
            if (value == '\n')
            {
                Start = _next;
                _next += line.Length + 1;
                Number++;
                return line.ToArray();
            }

            line.WriteByte((byte)value);
        }

        HasRest = line.Length > 0;
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _bytes.Dispose();
}
