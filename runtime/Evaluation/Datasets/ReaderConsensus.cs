namespace CxrOnnx.Evaluation.Datasets;

/// <summary>
/// Merges what several readers drew of one class on one image: of every two boxes that overlap with an intersection over union of at least
/// <see cref="Threshold"/> only the larger counts. What one reader saw alone stays.
/// </summary>
/// <remarks>
/// The reference's rule for VinDr-CXR's training part (public code of Vilouras et al., arXiv:2404.12920); equal areas: the later box stays.
/// </remarks>
internal static class ReaderConsensus
{
    /// <summary>The reference's threshold.</summary>
    public const double Threshold = 0.55;

    /// <summary>Merges boxes.</summary>
    /// <param name="boxes">All readers' boxes of one class and image.</param>
    /// <returns>Those that count, in their order, each with whether readers agree on it.</returns>
    public static IReadOnlyList<(AnnotatedBox Box, bool IsAgreed)> Merge(IReadOnlyList<AnnotatedBox> boxes)
    {
        HashSet<int> dropped = [];
        HashSet<int> agreed = [];
        for (int i = 0; i < boxes.Count; i++)
        {
            for (int j = i + 1; j < boxes.Count; j++)
            {
                if (boxes[i].Box.IntersectionOverUnion(boxes[j].Box) >= Threshold)
                {
                    dropped.Add(boxes[i].Box.Area <= boxes[j].Box.Area ? i : j);
                    if (boxes[i].Reader != boxes[j].Reader)
                    {
                        agreed.UnionWith([i, j]);
                    }
                }
            }
        }

        return [.. boxes.Index().Where(item => !dropped.Contains(item.Index)).Select(item => (item.Item, agreed.Contains(item.Index)))];
    }
}
