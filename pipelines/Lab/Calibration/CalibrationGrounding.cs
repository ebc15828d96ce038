using CxrOnnx.Cli;
using CxrOnnx.Core;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Evaluation;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Grounding;
using CxrOnnx.Imaging;

namespace CxrOnnx.Lab.Calibration;

/// <summary>Grounds the phrases of calibration sets.</summary>
/// <param name="grounders">One per preset.</param>
/// <param name="cancellationToken">Stops between two operators of a graph.</param>
internal sealed class CalibrationGrounding(IReadOnlyList<Grounder> grounders, CancellationToken cancellationToken)
{
    /// <summary>The cases of sets, per grounder. The phrases and their order are the same for each.</summary>
    /// <param name="sets">The sets.</param>
    /// <param name="mirrored">Whether supported phrases of one side are also grounded on the mirrored image, which costs a second trajectory.</param>
    /// <param name="title">For progress and errors.</param>
    /// <param name="output">For progress.</param>
    /// <exception cref="InputException">An image cannot be read, or one of the two kinds of phrase does not occur.</exception>
    public IReadOnlyList<CalibrationCases> Ground(IReadOnlyList<CalibrationSet> sets, bool mirrored, string title, CommandOutput output) =>
        output.WithProgress(title, progress =>
        {
            Collector[] collectors = [.. grounders.Select(_ => new Collector())];
            int total = sets.Sum(set => set.ImageIds.Count);
            int done = 0;
            foreach (CalibrationSet set in sets)
            {
                foreach (string id in set.ImageIds)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    GrayImage image = RadiographReader.Read(set.PathOf(id)).Image;
                    IReadOnlyList<(StandardPrompt Prompt, PhraseTruth Truth)> phrases = set.PhrasesOf(id, image.Size);
                    for (int g = 0; g < grounders.Count && phrases.Count > 0; g++) Add(collectors[g], grounders[g], id, image, phrases, mirrored);
                    progress.Report((double)++done / total);
                }
            }

            foreach (bool kind in (ReadOnlySpan<bool>)[true, false])
            {
                if (collectors[0].Cases.All(item => item.IsSupported != kind))
                {
                    throw new InputException($"{title}: there is no {(kind ? "supported" : "unsupported")} phrase; give more images");
                }
            }

            return (IReadOnlyList<CalibrationCases>)[.. collectors.Select(collector => new CalibrationCases(collector.Cases, collector.Mirrored()))];
        });

    private void Add(
        Collector collector, Grounder grounder, string id, GrayImage image, IReadOnlyList<(StandardPrompt Prompt, PhraseTruth Truth)> phrases, bool mirrored)
    {
        IReadOnlyList<PhraseGrounding> found = Ground(grounder, image, phrases.Select(phrase => phrase.Prompt));
        for (int i = 0; i < found.Count; i++)
        {
            collector.Cases.Add(new CalibrationCase(
                id,
                phrases[i].Prompt,
                phrases[i].Truth,
                found[i].SupportFeatures ?? throw new InvalidOperationException($"standard prompt '{phrases[i].Prompt.Text}' was not read as one")));
        }

        int[] sided = [.. Enumerable.Range(0, found.Count).Where(i => phrases[i].Truth == PhraseTruth.Supported && found[i].Evidence!.MirroredStrength is not null)];
        if (!mirrored || sided.Length == 0) return;
        IReadOnlyList<PhraseGrounding> swapped = Ground(grounder, image.Mirrored(), sided.Select(i => phrases[i].Prompt));
        for (int i = 0; i < sided.Length; i++) collector.Sides.Add((PrefersOwnSide(found[sided[i]].Evidence!), PrefersOwnSide(swapped[i].Evidence!)));
    }

    private IReadOnlyList<PhraseGrounding> Ground(Grounder grounder, GrayImage image, IEnumerable<StandardPrompt> prompts)
    {
        using ImageTrajectory trajectory = grounder.Invert(image, null, cancellationToken);
        return grounder.Ground(trajectory, [.. prompts.Select(prompt => prompt.Text)], null, cancellationToken);
    }

    private static bool PrefersOwnSide(LocationEvidence evidence) => evidence.Strength > evidence.MirroredStrength;

    private sealed class Collector
    {
        public List<CalibrationCase> Cases { get; } = [];

        public List<(bool Upright, bool Mirrored)> Sides { get; } = [];

        public MirrorFigures? Mirrored()
        {
            double Share(Func<(bool Upright, bool Mirrored), bool> holds) => Math.Round((double)Sides.Count(holds) / Sides.Count, 4);
            return Sides.Count == 0
                ? null
                : new MirrorFigures(Sides.Count, Share(side => side.Upright), Share(side => !side.Mirrored), Share(side => side.Upright != side.Mirrored));
        }
    }
}

/// <summary>What the grounding of sets gave, with one preset.</summary>
/// <param name="Cases">Supported and unsupported phrases.</param>
/// <param name="Mirrored">What mirrored images showed; null where that was not asked for.</param>
internal sealed record CalibrationCases(IReadOnlyList<CalibrationCase> Cases, MirrorFigures? Mirrored);
