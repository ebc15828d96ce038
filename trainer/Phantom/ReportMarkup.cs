using System.Text;

namespace CxrOnnx.Phantom;

/// <summary>Labels inside the words of a report while it is being written: <c>[A|left lower lobe]</c>, <c>[P|pneumonia]</c>.</summary>
internal static class ReportMarkup
{
    public static string Anatomy(string words) => $"[A|{words}]";

    public static string Present(string words) => $"[P|{words}]";

    public static string Uncertain(string words) => $"[U|{words}]";

    public static string Absent(string words) => $"[N|{words}]";

    /// <summary>The words with a capital first letter.</summary>
    public static string Capital(string marked)
    {
        int first = marked[0] == '[' ? 3 : 0;
        return marked[..first] + char.ToUpperInvariant(marked[first]) + marked[(first + 1)..];
    }

    /// <summary>"a" or "an" with the following words.</summary>
    public static string Article(string marked) =>
        ("aeiou".Contains(marked[marked[0] == '[' ? 3 : 0], StringComparison.Ordinal) ? "an " : "a ") + marked;

    /// <summary>Takes the labels out.</summary>
    public static (string Text, IReadOnlyList<ReportEntity> Entities) Read(string marked)
    {
        StringBuilder text = new(marked.Length);
        List<ReportEntity> entities = [];
        int start = 0;
        ReportEntityKind kind = default;
        for (int i = 0; i < marked.Length; i++)
        {
            if (marked[i] == '[')
            {
                kind = marked[i + 1] switch
                {
                    'A' => ReportEntityKind.Anatomy,
                    'P' => ReportEntityKind.Present,
                    'U' => ReportEntityKind.Uncertain,
                    _ => ReportEntityKind.Absent,
                };
                start = text.Length;
                i += 2;
            }
            else if (marked[i] == ']')
            {
                entities.Add(new ReportEntity(start, text.Length - start, kind));
            }
            else
            {
                text.Append(marked[i]);
            }
        }

        return (text.ToString(), entities);
    }
}
