namespace CxrOnnx.Core.Prompts;

/// <summary>Compares words that may be mistyped.</summary>
public static class TypingErrors
{
    /// <summary>
    /// Whether two words differ by so many typing errors or fewer: a letter too many, too few or another one, or two neighbours swapped.
    /// </summary>
    /// <param name="left">A word.</param>
    /// <param name="right">Another one.</param>
    /// <param name="errors">Most errors, at least 0.</param>
    /// <remarks>Damerau 1964, each place touched once.</remarks>
    public static bool AtMost(string left, string right, int errors)
    {
        if (Math.Abs(left.Length - right.Length) > errors)
        {
            return false;
        }

        int[,] distance = new int[left.Length + 1, right.Length + 1];
        for (int i = 0; i <= left.Length; i++)
        {
            for (int j = 0; j <= right.Length; j++)
            {
                distance[i, j] = (i, j) switch
                {
                    (0, _) => j,
                    (_, 0) => i,
                    _ => Math.Min(
                        Math.Min(distance[i - 1, j], distance[i, j - 1]) + 1,
                        distance[i - 1, j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1)
                    ),
                };
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    distance[i, j] = Math.Min(distance[i, j], distance[i - 2, j - 2] + 1);
                }
            }
        }

        return distance[left.Length, right.Length] <= errors;
    }
}
