using System.Text;

namespace CxrOnnx.Core.Tokenization;

/// <summary>
/// Byte-pair encoding of one very long word in O(n log n). The tokenizer library's own merging grows with the square of a word's length: a
/// megabyte without a blank would take minutes.
/// </summary>
/// <remarks>Sennrich et al. 2016 (arXiv:1508.07909), on bytes: always the merge that was learned first, leftmost first.</remarks>
internal sealed class LongWordMerger
{
    private const string EndOfWord = "</w>";

    private readonly IReadOnlyDictionary<string, int> _ids;
    private readonly Dictionary<(int Left, int Right), (int Rank, int Merged)> _merges = [];

    public LongWordMerger(ClipVocabulary vocabulary)
    {
        _ids = vocabulary.Ids;
        for (int rank = 0; rank < vocabulary.Merges.Count; rank++)
        {
            string[] parts = vocabulary.Merges[rank].Split(' ');
            _merges.TryAdd((_ids[parts[0]], _ids[parts[1]]), (rank, _ids[parts[0] + parts[1]]));
        }
    }

    /// <summary>The ids of a word's sub-tokens.</summary>
    public IReadOnlyList<int> Encode(string word)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(word);
        int[] tokens = new int[bytes.Length];
        int[] next = new int[bytes.Length];
        int[] previous = new int[bytes.Length];
        PriorityQueue<(int Left, int Right, int LeftToken, int RightToken), (int Rank, int Position)> queue = new();
        for (int i = 0; i < bytes.Length; i++)
        {
            string symbol = ByteSymbol(bytes[i]).ToString();
            tokens[i] = _ids[i == bytes.Length - 1 ? symbol + EndOfWord : symbol];
            previous[i] = i - 1;
            next[i] = i + 1;
        }

        void Offer(int left)
        {
            int right = left < 0 ? bytes.Length : next[left];
            if (right < bytes.Length && _merges.TryGetValue((tokens[left], tokens[right]), out (int Rank, int Merged) merge))
            {
                queue.Enqueue((left, right, tokens[left], tokens[right]), (merge.Rank, left));
            }
        }

        for (int i = 0; i < bytes.Length - 1; i++)
        {
            Offer(i);
        }

        while (queue.TryDequeue(out (int Left, int Right, int LeftToken, int RightToken) pair, out _))
        {
            // A token that has been merged away is -1, so pairs that are no longer there do not match.
            if (tokens[pair.Left] != pair.LeftToken || tokens[pair.Right] != pair.RightToken || next[pair.Left] != pair.Right)
            {
                continue;
            }

            tokens[pair.Left] = _merges[(pair.LeftToken, pair.RightToken)].Merged;
            tokens[pair.Right] = -1;
            next[pair.Left] = next[pair.Right];
            if (next[pair.Left] < bytes.Length)
            {
                previous[next[pair.Left]] = pair.Left;
            }

            Offer(previous[pair.Left]);
            Offer(pair.Left);
        }

        return [.. tokens.Where(token => token >= 0)];
    }

    /// <summary>
    /// The character that stands for a byte in the vocabulary: itself where it is printable, otherwise one from U+0100 on, in order.
    /// </summary>
    private static char ByteSymbol(byte value) =>
        value switch
        {
            (>= 33 and <= 126) or (>= 161 and <= 172) or >= 174 => (char)value,
            <= 32 => (char)(256 + value),
            <= 160 => (char)(256 + 33 + value - 127),
            _ => (char)(256 + 67),
        };
}
