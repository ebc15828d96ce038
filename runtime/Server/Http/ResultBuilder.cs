using CxrOnnx.Core;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Core.Tokenization;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Imaging.Overlay;
using CxrOnnx.Imaging.Raster;
using CxrOnnx.Server.Images;
using CxrOnnx.Server.Models;
using CxrOnnx.Server.Work;
using CxrOnnx.Workflows.Phrases;
using CxrOnnx.Workflows.Results;

namespace CxrOnnx.Server.Http;

/// <summary>Makes the result document of a request.</summary>
internal static class ResultBuilder
{
    private const string DataUri = "data:image/png;base64,";

    public static GroundResult Build(GroundingRequestPlan plan, StoredImage image, double imageSeconds, GroundingOutcome outcome)
    {
        GroundParameters parameters = plan.Parameters;
        KeyValuePair<string, string>[] proof = Proof(plan, outcome);
        List<PhraseResult> phrases = [];
        foreach (AskedPhrase asked in plan.Phrases)
        {
            if (asked.Text is null)
            {
                phrases.Add(GroundResultBuilder.Phrase(new PhraseAnswer(asked, null), heatmap: null, overlay: null, tokens: []));
                continue;
            }

            PhraseGrounding found = outcome.Phrases[Array.IndexOf([.. plan.Texts], asked.Text)];
            PhraseGrounding grounding = found.WithThreshold(parameters.Threshold) with { Warnings = [.. found.Warnings.Distinct()] };
            IReadOnlyList<string> labels = TokenLabels.Of([.. grounding.Tokens.Select(token => token.Token)]);
            phrases.Add(
                GroundResultBuilder.Phrase(
                    new PhraseAnswer(asked, grounding),
                    HeatmapUri(parameters, grounding.Heatmap, grounding.ModelHeatmap, proof),
                    parameters.Overlays ? DataUri + Convert.ToBase64String(Overlay(plan, image, asked, grounding, proof)) : null,
                    [
                        .. grounding.Tokens.Select(
                            (token, i) =>
                                new TokenResult(
                                    token.Token,
                                    token.Position,
                                    HeatmapUri(parameters, token.Heatmap, token.ModelHeatmap, proof)
                                )
                                {
                                    Label = labels[i],
                                }
                        ),
                    ]
                )
            );
        }

        ImageTrajectory trajectory = outcome.Trajectory;
        ServedModel served = plan.Model;
        return GroundResultBuilder.Build(
            new GroundResultSource
            {
                CreatedBy = ToolVersion.CxrServe,
                Image = image.Description,
                Provenance = image.Provenance,
                Report = plan.Report,
                Manifest = served.Bundle.Manifest,
                Calibrated = parameters.Confidence && served.Model.Calibration is not null,
                Preset = parameters.Preset,
                Math = plan.Model.Model.Math,
                RequestedProvider = served.RequestedProvider,
                Provider = outcome.Provider,
                Deterministic = served.Model.Deterministic,
                Threads = served.Model.Threads,
                Threshold = parameters.Threshold,
                TrajectorySha256 = trajectory.Sha256,
                Evaluations = new EvaluationsResult(
                    outcome.WasCached ? 0 : trajectory.Evaluations,
                    outcome.Phrases.Sum(phrase => (long)phrase.Provenance.AttentionEvaluations)
                )
                {
                    Support = SupportEvaluations(outcome),
                },
                Seconds = new TimingsResult(
                    Math.Round(imageSeconds, 4),
                    outcome.WasCached ? 0 : GroundResultBuilder.Seconds(trajectory.EncodeTime),
                    outcome.WasCached ? 0 : GroundResultBuilder.Seconds(trajectory.InversionTime),
                    Math.Round(phrases.Sum(phrase => phrase.Seconds), 4)
                )
                {
                    Queue = GroundResultBuilder.Seconds(outcome.Waited),
                },
                Proof = served.Proof,
            },
            phrases
        );
    }

    /// <summary>Those of the phrases, and the image's own where its trajectory is new.</summary>
    private static long SupportEvaluations(GroundingOutcome outcome)
    {
        long image = outcome.WasCached
            ? 0
            : outcome.Phrases.Select(phrase => phrase.Provenance.SupportImageEvaluations).DefaultIfEmpty().Max();
        return image + outcome.Phrases.Sum(phrase => (long)phrase.Provenance.SupportEvaluations);
    }

    /// <summary>Text chunks of every PNG: what the picture can be traced back to. Never the phrase.</summary>
    private static KeyValuePair<string, string>[] Proof(GroundingRequestPlan plan, GroundingOutcome outcome) =>
        [
            new("CxrOnnx-bundle-sha256", plan.Model.Proof.BundleSha256),
            new("CxrOnnx-parity-report-sha256", plan.Model.Proof.ParityReportSha256!),
            new("CxrOnnx-provider", plan.Model.Model.Provider.Name),
            new("CxrOnnx-precision", plan.Model.Bundle.Manifest.Precision),
            new("CxrOnnx-trajectory-sha256", outcome.Trajectory.Sha256),
        ];

    private static string? HeatmapUri(
        GroundParameters parameters,
        Heatmap heatmap,
        ModelHeatmap model,
        KeyValuePair<string, string>[] proof
    ) =>
        parameters.Heatmaps switch
        {
            "image" => DataUri + Convert.ToBase64String(HeatmapPng.Encode(heatmap.Values, heatmap.Size.Width, heatmap.Size.Height, proof)),
            "model" => DataUri + Convert.ToBase64String(HeatmapPng.Encode(model.Values, model.Grid.Columns, model.Grid.Rows, proof)),
            _ => null,
        };

    private static byte[] Overlay(
        GroundingRequestPlan plan,
        StoredImage image,
        AskedPhrase asked,
        PhraseGrounding grounding,
        KeyValuePair<string, string>[] proof
    ) =>
        OverlayRenderer.Render(
            PhraseOverlay.Of(
                image.Radiograph().Image,
                grounding,
                plan.Model.Bundle.Manifest,
                plan.Parameters.Preset,
                asked.Asked,
                OverlayModes.Parse(plan.Parameters.Overlay)
            ) with
            {
                TextChunks = proof,
            }
        );
}
