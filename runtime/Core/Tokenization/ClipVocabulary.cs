using System.Text;
using System.Text.Json;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Core.Tokenization;

/// <summary>Vocabulary and merges of a CLIP tokenizer, read from the two files that Hugging Face checkpoints carry.</summary>
/// <param name="Ids">Id of every token, in the order of the file.</param>
/// <param name="Merges">The merges, most frequent first, each as two tokens separated by a blank.</param>
internal sealed record ClipVocabulary(IReadOnlyDictionary<string, int> Ids, IReadOnlyList<string> Merges)
{
    private const string VocabularyFile = "vocab.json";
    private const string MergesFile = "merges.txt";

    // The published files have 0.9 and 0.5 MB; a file far beyond that is something else.
    private const long LargestFile = 64 << 20;

    /// <summary>Reads and checks both files of a folder.</summary>
    /// <exception cref="ArtifactException">
    /// A file is missing, too large, damaged, or the two do not fit together; names file and line.
    /// </exception>
    public static ClipVocabulary Load(string directory)
    {
        string vocabularyPath = Path.Combine(directory, VocabularyFile);
        Dictionary<string, int> ids = ReadVocabulary(vocabularyPath);
        foreach (string special in (ReadOnlySpan<string>)[ClipTokenizer.BeginToken, ClipTokenizer.EndToken])
        {
            if (!ids.ContainsKey(special))
            {
                throw new ArtifactException($"{vocabularyPath}: no entry '{special}'; this is not the vocabulary of a CLIP tokenizer");
            }
        }

        return new ClipVocabulary(ids, ReadMerges(Path.Combine(directory, MergesFile), ids));
    }

    private static Dictionary<string, int> ReadVocabulary(string path)
    {
        byte[] bytes = ReadFile(path);
        Dictionary<string, int> ids = new(StringComparer.Ordinal);
        Dictionary<int, string> tokens = [];
        try
        {
            Utf8JsonReader reader = new(bytes);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw new ArtifactException($"{path} line 1: expected an object of tokens and ids, got {reader.TokenType}");
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string token = reader.GetString()!;
                reader.Read();
                long start = reader.TokenStartIndex;
                if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int id) || id < 0)
                {
                    throw new ArtifactException(
                        $"{path} line {LineAt(bytes, start)}: the id of token '{token}' is not a whole number from 0 on"
                    );
                }

                if (!ids.TryAdd(token, id))
                {
                    throw new ArtifactException($"{path} line {LineAt(bytes, start)}: token '{token}' is listed twice");
                }

                if (!tokens.TryAdd(id, token))
                {
                    throw new ArtifactException(
                        $"{path} line {LineAt(bytes, start)}: tokens '{tokens[id]}' and '{token}' have the same id {id}"
                    );
                }
            }

            while (reader.Read())
            {
                // Reads to the end, so that rubbish behind the object is found.
            }
        }
        catch (JsonException exception)
        {
            throw new ArtifactException($"{path} line {exception.LineNumber + 1}: not valid JSON; copy the file again", exception);
        }
        catch (InvalidOperationException exception)
        {
            // Thrown for strings that are not UTF-8 or hold half a surrogate pair.
            throw new ArtifactException($"{path}: a token is not valid Unicode text; copy the file again", exception);
        }

        return ids;
    }

    private static List<string> ReadMerges(string path, Dictionary<string, int> ids)
    {
        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(ReadFile(path));
        }
        catch (DecoderFallbackException exception)
        {
            throw new ArtifactException($"{path}: not UTF-8 text (byte {exception.Index}); copy the file again", exception);
        }

        List<string> merges = [];
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].TrimEnd('\r');
            bool isHeader = i == 0 && line.StartsWith("#version", StringComparison.Ordinal);
            bool isEnd = line.Length == 0 && i == lines.Length - 1;
            if (isHeader || isEnd)
            {
                continue;
            }

            string[] parts = line.Split(' ');
            if (parts.Length != 2 || parts[0].Length == 0 || parts[1].Length == 0)
            {
                throw new ArtifactException(
                    $"{path} line {i + 1}: expected two tokens separated by one blank, got '{Excerpt.Of(line, 40)}'"
                );
            }

            foreach (string token in (ReadOnlySpan<string>)[parts[0], parts[1], parts[0] + parts[1]])
            {
                if (!ids.ContainsKey(token))
                {
                    throw new ArtifactException(
                        $"{path} line {i + 1}: token '{Excerpt.Of(token, 40)}' is not in {VocabularyFile}; the two files do not belong "
                            + $"together"
                    );
                }
            }

            merges.Add(line);
        }

        if (merges.Count == 0)
        {
            throw new ArtifactException($"{path}: holds no merges");
        }

        return merges;
    }

    private static byte[] ReadFile(string path)
    {
        FileInfo file = new(path);
        if (!file.Exists)
        {
            throw new ArtifactException($"{path}: no such file; a tokenizer folder holds {VocabularyFile} and {MergesFile}");
        }

        if (file.Length > LargestFile)
        {
            throw new ArtifactException($"{path}: {file.Length} bytes, more than the {LargestFile} a tokenizer file may have");
        }

        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ArtifactException($"{path}: cannot be read: {exception.Message}", exception);
        }
    }

    private static int LineAt(byte[] bytes, long offset) => 1 + bytes.AsSpan(0, (int)offset).Count((byte)'\n');
}
