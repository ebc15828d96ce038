using System.Globalization;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Evidence;
using CxrOnnx.Grounding.Attention;
using CxrOnnx.Grounding.Confidence;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;

namespace CxrOnnx.Grounding.Evidence;

/// <summary>
/// Makes evidence maps: asks the image by noise whether it supports a phrase, cell by cell, and joins the answer with the attention
/// (docs/evidence.md). Thread-safe.
/// </summary>
internal sealed class EvidenceQuestion
{
    private readonly PromptSource _prompts;
    private readonly SupportProbe _probe;

    /// <summary>Prepares the question.</summary>
    /// <param name="model">The model; not taken over.</param>
    /// <param name="recipe">The preset's recipe.</param>
    /// <param name="prompts">Encodes what is asked besides the phrase.</param>
    /// <param name="memoryBudget">Memory of a batch of evaluations, MiB.</param>
    public EvidenceQuestion(GroundingModel model, EvidenceRecipe recipe, PromptSource prompts, int memoryBudget)
    {
        Recipe = recipe;
        _prompts = prompts;
        NoiseProbe noise = new(recipe.Timesteps, recipe.Seed);
        _probe = new SupportProbe(model, noise, SupportQuestion.ProbeBatch(model, noise.Samples, memoryBudget));
    }

    /// <summary>The preset's recipe.</summary>
    public EvidenceRecipe Recipe { get; }

    /// <summary>Evaluations of the whole U-Net for each text that is asked, and once per image.</summary>
    public int Samples => _probe.Samples;

    /// <summary>What is asked for phrases.</summary>
    public EvidenceCandidates[] Candidates(IEnumerable<EncodedPhrase> phrases) =>
        [.. phrases.Select(phrase => EvidenceCandidates.Of(phrase, _prompts))];

    /// <summary>What prompts do to the prediction of an image's noise.</summary>
    private IReadOnlyList<PredictionGain> Measure(
        ImageTrajectory trajectory,
        IReadOnlyList<PromptContext> prompts,
        IProgress<GroundingProgress>? progress,
        CancellationToken cancellationToken
    ) =>
        _probe.Measure(
            _probe.Of(trajectory, cancellationToken),
            [.. prompts.Select(prompt => prompt.HiddenStates)],
            progress,
            cancellationToken
        );

    /// <summary>The evidence maps of prompts, and how much the image speaks for each.</summary>
    public IReadOnlyList<(PromptMap Map, double Score)> Join(
        ImageTrajectory trajectory,
        IReadOnlyList<PromptContext> prompts,
        IReadOnlyList<PromptMap> maps,
        IProgress<GroundingProgress>? progress,
        CancellationToken cancellationToken
    ) =>
        [
            .. maps.Zip(
                Measure(trajectory, prompts, progress, cancellationToken),
                (map, gain) => (Join(map, gain), EvidenceMaps.Score(map.Heatmap, gain))
            ),
        ];

    /// <summary>The evidence map in place of the attention's.</summary>
    private PromptMap Join(PromptMap attention, PredictionGain gain) =>
        attention with
        {
            Heatmap = EvidenceMaps.Of(attention.Heatmap, gain, Recipe.Smoothing).Join(Recipe, attention.Heatmap.Grid),
        };

    /// <summary>Joins each phrase's attention with what the image says of it.</summary>
    /// <param name="trajectory">The image.</param>
    /// <param name="asked">The phrases.</param>
    /// <param name="candidates">What is asked for each: of <see cref="Candidates"/>.</param>
    /// <param name="texts">All texts of the candidates, each once.</param>
    /// <param name="prompts">Their states.</param>
    /// <param name="maps">Their attention.</param>
    /// <param name="progress">Told after each evaluation.</param>
    /// <param name="cancellationToken">Stops between two operators.</param>
    public PhraseAnswer[] Weigh(
        ImageTrajectory trajectory,
        EncodedPhrase[] asked,
        EvidenceCandidates[] candidates,
        EncodedPhrase[] texts,
        PromptContext[] prompts,
        IReadOnlyList<PromptMap> maps,
        IProgress<GroundingProgress>? progress,
        CancellationToken cancellationToken
    )
    {
        IReadOnlyList<PredictionGain> gains = Measure(trajectory, prompts, progress, cancellationToken);
        Dictionary<string, int> places = texts.Index().ToDictionary(entry => entry.Item.Text, entry => entry.Index);
        return
        [
            .. candidates.Select(
                (item, i) =>
                {
                    (EncodedPhrase chosen, PhraseEvidence evidence) = Choose(
                        item,
                        candidate => (maps[places[candidate.Text]], gains[places[candidate.Text]])
                    );
                    int k = places[chosen.Text];
                    PromptMap map = Join(maps[k], gains[k]);
                    return new PhraseAnswer(asked[i], chosen, prompts[k], map, gains[k], evidence, item.All.Count());
                }
            ),
        ];
    }

    /// <summary>Chooses among the candidates of a phrase the one that the image speaks most for.</summary>
    /// <param name="candidates">What was asked for the phrase.</param>
    /// <param name="find">Attention and gain of a text that was asked.</param>
    private (EncodedPhrase Chosen, PhraseEvidence Evidence) Choose(
        EvidenceCandidates candidates,
        Func<EncodedPhrase, (PromptMap Map, PredictionGain Gain)> find
    )
    {
        double[] scores = [.. candidates.Grounded.Select(Score)];
        int best = Array.IndexOf(scores, scores.Max());
        EncodedPhrase? other = candidates.OtherSide[best];
        return (
            candidates.Grounded[best],
            new PhraseEvidence(
                scores[best],
                other?.Text,
                other is null ? null : Score(other),
                candidates.IsSearch ? candidates.Grounded.Count : 0
            )
        );

        double Score(EncodedPhrase text)
        {
            (PromptMap map, PredictionGain gain) = find(text);
            return EvidenceMaps.Score(map.Heatmap, gain);
        }
    }

    /// <summary>What a reader should know of the evidence, one sentence each.</summary>
    public static IEnumerable<string> Warnings(EncodedPhrase asked, EncodedPhrase chosen, PhraseEvidence evidence)
    {
        if (evidence.PlacesAsked > 0)
        {
            yield return $"'{asked.Text}' names no place: of {evidence.PlacesAsked} places the image speaks most for '{chosen.Text}', "
                + "which was grounded";
        }

        if (evidence.FavoursOtherSide == true)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"the image speaks more for '{evidence.OtherSide}' ({evidence.OtherSideScore:0.000}) than for '{chosen.Text}' "
                    + $"({evidence.Score:0.000}): check the side"
            );
        }
    }
}
