using System.Text;

namespace CxrOnnx.Core.Tokenization;

/// <summary>
/// Unicode normalization form C. The platform's own normalization does nothing when globalization is invariant, which this product sets so
/// that it needs no ICU; and the reference tokenizer composes.
/// </summary>
/// <remarks>
/// Unicode Standard Annex 15: canonical decomposition, canonical ordering, canonical composition. Table: <c>unicode-canonical.txt</c>.
/// Unpaired surrogates stay as they are.
/// </remarks>
internal static class CanonicalComposition
{
    // Hangul syllables are composed by arithmetic (Unicode Standard, section 3.12).
    private const int HangulBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TrailBase = 0x11A7;
    private const int LeadCount = 19;
    private const int VowelCount = 21;
    private const int TrailCount = 28;
    private const int HangulCount = LeadCount * VowelCount * TrailCount;

    // Below this code point nothing decomposes into, composes from or is reordered with its neighbours unless a later character does.
    private const char FirstOfInterest = '\u0300';

    private static readonly Tables Data = Tables.Load();

    /// <summary>The text in normalization form C.</summary>
    public static string Compose(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', (char)(FirstOfInterest - 1)))
        {
            // Precomposed Latin letters are already composed and nothing follows that could combine.
            return text;
        }

        List<int> points = Decompose(text);
        Reorder(points);
        Recompose(points);

        StringBuilder result = new(text.Length);
        foreach (int point in points)
        {
            AppendPoint(result, point);
        }

        return result.ToString();
    }

    private static List<int> Decompose(string text)
    {
        List<int> points = new(text.Length + 16);
        for (int i = 0; i < text.Length; i++)
        {
            int point = text[i];
            if (char.IsSurrogatePair(text, i))
            {
                point = char.ConvertToUtf32(text[i], text[i + 1]);
                i++;
            }

            DecomposePoint(point, points);
        }

        return points;
    }

    private static void DecomposePoint(int point, List<int> points)
    {
        int syllable = point - HangulBase;
        if (syllable is >= 0 and < HangulCount)
        {
            points.Add(LeadBase + syllable / (VowelCount * TrailCount));
            points.Add(VowelBase + syllable % (VowelCount * TrailCount) / TrailCount);
            if (syllable % TrailCount != 0)
            {
                points.Add(TrailBase + syllable % TrailCount);
            }
        }
        else if (Data.Decompositions.TryGetValue(point, out (int First, int Second) parts))
        {
            DecomposePoint(parts.First, points);
            if (parts.Second != 0)
            {
                points.Add(parts.Second);
            }
        }
        else
        {
            points.Add(point);
        }
    }

    /// <summary>Sorts each run of combining marks by class, keeping the order of equal classes.</summary>
    private static void Reorder(List<int> points)
    {
        int start = 0;
        while (start < points.Count)
        {
            if (ClassOf(points[start]) == 0)
            {
                start++;
                continue;
            }

            int end = start;
            while (end < points.Count && ClassOf(points[end]) != 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                int[] ordered = [.. points.Skip(start).Take(end - start).OrderBy(ClassOf)];
                for (int i = 0; i < ordered.Length; i++)
                {
                    points[start + i] = ordered[i];
                }
            }

            start = end;
        }
    }

    private static void Recompose(List<int> points)
    {
        int written = 0;
        int starter = -1;
        int lastClass = 0;
        for (int read = 0; read < points.Count; read++)
        {
            int point = points[read];
            int combiningClass = ClassOf(point);
            bool adjacent = starter == written - 1;

            // A mark combines with the last starter unless one of the same or a higher class stands between.
            if (
                starter >= 0
                && (adjacent || (lastClass != 0 && lastClass < combiningClass))
                && TryComposePair(points[starter], point, out int composed)
            )
            {
                points[starter] = composed;
                continue;
            }

            points[written] = point;
            if (combiningClass == 0)
            {
                starter = written;
            }

            lastClass = combiningClass;
            written++;
        }

        points.RemoveRange(written, points.Count - written);
    }

    private static bool TryComposePair(int first, int second, out int composed)
    {
        int lead = first - LeadBase;
        int vowel = second - VowelBase;
        if (lead is >= 0 and < LeadCount && vowel is >= 0 and < VowelCount)
        {
            composed = HangulBase + (lead * VowelCount + vowel) * TrailCount;
            return true;
        }

        int syllable = first - HangulBase;
        int trail = second - TrailBase;
        if (syllable is >= 0 and < HangulCount && syllable % TrailCount == 0 && trail is > 0 and < TrailCount)
        {
            composed = first + trail;
            return true;
        }

        return Data.Compositions.TryGetValue((first, second), out composed);
    }

    private static int ClassOf(int point) => point < FirstOfInterest ? 0 : Data.Classes.GetValueOrDefault(point);

    private static void AppendPoint(StringBuilder result, int point)
    {
        if (point > char.MaxValue)
        {
            result.Append(char.ConvertFromUtf32(point));
        }
        else
        {
            result.Append((char)point);
        }
    }

    private sealed record Tables(
        Dictionary<int, (int First, int Second)> Decompositions,
        Dictionary<(int First, int Second), int> Compositions,
        Dictionary<int, int> Classes
    )
    {
        public static Tables Load()
        {
            Tables tables = new([], [], []);
            foreach (string[] row in EmbeddedTable.Rows("unicode-canonical.txt"))
            {
                if (row[0] == "k")
                {
                    tables.AddClass(int.Parse(row[1], System.Globalization.CultureInfo.InvariantCulture), row.AsSpan(2));
                    continue;
                }

                int point = EmbeddedTable.CodePoint(row[1]);
                int first = EmbeddedTable.CodePoint(row[2]);
                int second = row.Length > 3 ? EmbeddedTable.CodePoint(row[3]) : 0;
                tables.Decompositions.Add(point, (first, second));
                if (row[0] == "c")
                {
                    tables.Compositions.Add((first, second), point);
                }
            }

            return tables;
        }

        private void AddClass(int combiningClass, ReadOnlySpan<string> ranges)
        {
            foreach (string range in ranges)
            {
                string[] ends = range.Split('-');
                for (int point = EmbeddedTable.CodePoint(ends[0]); point <= EmbeddedTable.CodePoint(ends[^1]); point++)
                {
                    Classes.Add(point, combiningClass);
                }
            }
        }
    }
}
