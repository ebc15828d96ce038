using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Grounding.Attention;
using CxrOnnx.Grounding.Confidence;
using CxrOnnx.Grounding.Evidence;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;

namespace CxrOnnx.Grounding;

/// <summary>Makes results of what was computed for phrases: regions on the original image, warnings, origin.</summary>
/// <param name="model">What computed.</param>
/// <param name="plan">The preset's steps.</param>
/// <param name="boxThreshold">Regions lie strictly above this value of the heatmap, in [0,1].</param>
internal sealed class PhraseResults(GroundingModel model, GroundingPlan plan, double boxThreshold)
{
    /// <summary>The result of one phrase.</summary>
    /// <param name="answer">Its map, and what its evidence says.</param>
    /// <param name="support">What its confidence says.</param>
    /// <param name="evaluations">Evaluations of the whole U-Net for evidence and confidence: for the phrase, and once per image.</param>
    /// <param name="trajectory">The image's trajectory.</param>
    /// <param name="transform">From the image to the model's square.</param>
    /// <param name="timings">What it took.</param>
    public PhraseGrounding Of(
        PhraseAnswer answer,
        PhraseSupport support,
        (int Phrase, int Image) evaluations,
        ImageTrajectory trajectory,
        ImageTransform transform,
        GroundingTimings timings
    )
    {
        (EncodedPhrase phrase, PromptMap map) = (answer.Grounded, answer.Map);
        List<string> warnings = [.. trajectory.Warnings, .. phrase.Warnings];
        if (answer.Evidence is { } evidence)
        {
            warnings.AddRange(EvidenceQuestion.Warnings(answer.Asked, phrase, evidence));
        }

        if (support.Warning is not null)
        {
            warnings.Add(support.Warning);
        }

        if (map.Heatmap.IsConstant)
        {
            warnings.Add("the heatmap has the same value everywhere: the phrase is located nowhere");
        }
        else if (map.ConstantMapCount > 0)
        {
            warnings.Add($"{map.ConstantMapCount} attention maps had the same value everywhere and counted as zero");
        }

        Heatmap heatmap = map.Heatmap.ToOriginal(transform);
        return new PhraseGrounding
        {
            Phrase = phrase,
            ModelHeatmap = map.Heatmap,
            Heatmap = heatmap,
            Regions = PhraseGrounding.RegionsOf(heatmap, boxThreshold, support.Confidence),
            BoxThreshold = boxThreshold,
            Peak = heatmap.Peak(),
            Focus = map.Focus,
            Prompt = support.Prompt,
            Confidence = support.Confidence,
            Gap = support.Gap,
            Evidence = answer.Evidence,
            Tokens =
            [
                .. map.TokenHeatmaps.Select(
                    (token, i) => new TokenGrounding(phrase.Tokens[i], phrase.Positions[i], token.ToOriginal(transform), token)
                ),
            ],
            Warnings = warnings,
            Provenance = new GroundingProvenance
            {
                BundleId = model.Manifest.Id,
                Model = model.Configuration.Name,
                Precision = model.Manifest.Precision,
                Provider = model.Provider.Name,
                Deterministic = model.Deterministic,
                RuntimeVersion = ExecutionProviders.RuntimeVersion,
                Preset = plan.Preset,
                TrajectorySha256 = trajectory.Sha256,
                TrajectoryEvaluations = trajectory.Evaluations,
                AttentionEvaluations = plan.Steps.Count * answer.Texts,
                SupportEvaluations = evaluations.Phrase,
                SupportImageEvaluations = evaluations.Image,
            },
            Timings = timings,
        };
    }
}
