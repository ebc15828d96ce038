using System.Security.Cryptography;
using System.Text;
using CxrOnnx.Core;

namespace CxrOnnx.Server.Http;

/// <summary>The keys that clients may use. Only their SHA-256 is kept, and every comparison takes the same time.</summary>
internal sealed class ApiKeys
{
    private const int MinLength = 16;

    private readonly List<(string Name, byte[] Hash)> _keys = [];

    private ApiKeys() { }

    /// <summary>No keys: everybody may do everything.</summary>
    public static ApiKeys None { get; } = new();

    /// <summary>Whether a key is needed at all.</summary>
    public bool Required => _keys.Count > 0;

    /// <summary>Reads a file: one key per line, optionally <c>name key</c>; empty lines and lines that begin with # do not count.</summary>
    /// <exception cref="InputException">There is no such file, no key in it, or a key is too short.</exception>
    public static ApiKeys Read(string path)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"API key file {path}: cannot be read ({exception.Message.TrimEnd('.')})", exception);
        }

        ApiKeys result = new();
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            string[] parts = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length > 2 || parts[^1].Length < MinLength)
            {
                throw new InputException(
                    $"API key file {path}, line {i + 1}: want one key of at least {MinLength} characters without blanks, optionally "
                        + $"after a name; make one with 'openssl rand -hex 24'"
                );
            }

            result._keys.Add(
                (parts.Length == 2 ? parts[0] : FormattableString.Invariant($"key-{result._keys.Count + 1}"), Hash(parts[^1]))
            );
        }

        return result.Required ? result : throw new InputException($"API key file {path}: holds no key");
    }

    /// <summary>Name of the client with this key, or null. Looks at every key whatever the answer is.</summary>
    public string? Find(string key)
    {
        byte[] hash = Hash(key);
        string? found = null;
        foreach ((string name, byte[] known) in _keys)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, known))
            {
                found = name;
            }
        }

        return found;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
