using System.Globalization;
using CxrOnnx.Core;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Imaging.Overlay;
using CxrOnnx.Server.Configuration;
using CxrOnnx.Server.Images;
using CxrOnnx.Server.Models;
using CxrOnnx.Server.Problems;
using CxrOnnx.Server.Work;
using CxrOnnx.Workflows.Phrases;
using CxrOnnx.Workflows.Results;
using Microsoft.AspNetCore.Http;

namespace CxrOnnx.Server.Http;

/// <summary>Answers a grounding request whose image and parameters have been read.</summary>
internal sealed class GroundingHandler(ModelRegistry registry, WorkQueue queue, GroundingWork work, ServiceOptions options)
{
    private static readonly string[] HeatmapKinds = ["none", "image", "model"];

    /// <summary>
    /// Checks everything that can be checked before the image is looked at.
    /// </summary>
    /// <returns>The plan; holds the model until disposed.</returns>
    /// <exception cref="ProblemException">A limit, an unknown model, or nothing to ground.</exception>
    /// <exception cref="InputException">An unknown preset or phrase.</exception>
    public GroundingRequestPlan Plan(GroundParameters parameters, bool needsPhrases = true)
    {
        if (!(parameters.Threshold is >= 0 and <= 1))
        {
            throw ProblemException.BadRequest("threshold", "threshold must lie between 0 and 1");
        }

        if (!HeatmapKinds.Contains(parameters.Heatmaps))
        {
            throw ProblemException.BadRequest("heatmaps", $"heatmaps must be one of {string.Join(", ", HeatmapKinds)}");
        }

        if (!OverlayModes.Names.Contains(parameters.Overlay))
        {
            throw ProblemException.BadRequest("overlay", $"overlay must be one of {string.Join(", ", OverlayModes.Names)}");
        }

        ReportReading? report = Read(parameters);
        IReadOnlyList<string> phrases = Phrases(parameters, report);

        // A normal report is an answer: no phrases.
        if (phrases.Count == 0 && report is null && needsPhrases)
        {
            throw ProblemException.Unusable("no-phrase", "give phrases or a report");
        }

        ModelLease lease = registry.Acquire(parameters.Model);
        try
        {
            GroundingPipeline grounder = lease.Model.Pipeline(parameters.Preset);
            HashSet<string> ofReport = [.. report?.Findings.Select(finding => finding.Prompt.Text) ?? []];
            return new GroundingRequestPlan(
                lease,
                parameters,
                [.. phrases.Select(phrase => Asking.Read(phrase, grounder, parameters.Verbatim || ofReport.Contains(phrase)))],
                report
            );
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Waits for a worker and answers with the result document, or with lines of progress before it where the client accepts them.
    /// </summary>
    public async Task AnswerAsync(
        HttpContext context,
        StoredImage image,
        double imageSeconds,
        GroundingRequestPlan plan,
        CancellationToken cancellationToken
    )
    {
        RequestLog.Of(context).Describe(plan);
        if (ProgressStream.IsWanted(context.Request))
        {
            await ProgressStream.WriteAsync(
                context,
                progress => RunAsync(context, image, imageSeconds, plan, progress, cancellationToken),
                cancellationToken
            );
            return;
        }

        GroundResult result = (await RunAsync(context, image, imageSeconds, plan, null, cancellationToken))!;
        context.Response.ContentType = "application/json";
        context.Response.Headers["Server-Timing"] = string.Create(
            CultureInfo.InvariantCulture,
            $"image;dur={result.Seconds.Load * 1000:0}, queue;dur={result.Seconds.Queue * 1000:0}, "
                + $"trajectory;dur={(result.Seconds.EncodeImage + result.Seconds.Inversion) * 1000:0}, "
                + $"phrases;dur={result.Seconds.Phrases * 1000:0}"
        );
        await context.Response.Body.WriteAsync(GroundResultFile.ToUtf8(result), cancellationToken);
    }

    /// <summary>Waits until the trajectory is there.</summary>
    public async Task PrepareAsync(HttpContext context, StoredImage image, GroundingRequestPlan plan, CancellationToken cancellationToken)
    {
        RequestLog.Of(context).Describe(plan);
        async Task<GroundResult?> Run(IProgress<GroundingProgress>? progress)
        {
            await ComputeAsync(context, image, plan, progress, cancellationToken);
            return null;
        }

        if (ProgressStream.IsWanted(context.Request))
        {
            await ProgressStream.WriteAsync(context, Run, cancellationToken);
            return;
        }

        await Run(null);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task<GroundResult?> RunAsync(
        HttpContext context,
        StoredImage image,
        double imageSeconds,
        GroundingRequestPlan plan,
        IProgress<GroundingProgress>? progress,
        CancellationToken cancellationToken
    ) => ResultBuilder.Build(plan, image, imageSeconds, await ComputeAsync(context, image, plan, progress, cancellationToken));

    private async Task<GroundingOutcome> ComputeAsync(
        HttpContext context,
        StoredImage image,
        GroundingRequestPlan plan,
        IProgress<GroundingProgress>? progress,
        CancellationToken cancellationToken
    )
    {
        GroundingJob job = new(work)
        {
            Model = plan.Model,
            Preset = plan.Parameters.Preset,
            ImageKey = image.Key,
            Image = () => image.Radiograph().Image,
            Phrases = plan.Texts,
            PerToken = plan.Parameters.PerToken,
            Confidence = plan.Parameters.Confidence,
            Progress = progress,
            CancellationToken = cancellationToken,
        };
        queue.Add(job);
        GroundingOutcome outcome = await job.Completion;
        RequestLog.Of(context).Describe(outcome);
        return outcome;
    }

    private ReportReading? Read(GroundParameters parameters)
    {
        if (parameters.Report?.Length > options.MaxReportCharacters)
        {
            throw ProblemException.Unusable("report", $"the report has more than {options.MaxReportCharacters} characters");
        }

        return parameters.Report is null ? null : ReportParser.Read(parameters.Report);
    }

    private List<string> Phrases(GroundParameters parameters, ReportReading? report)
    {
        if (parameters.Phrases.Count > options.MaxPhrases)
        {
            throw ProblemException.Unusable("phrases", $"{parameters.Phrases.Count} phrases; at most {options.MaxPhrases} are accepted");
        }

        if (parameters.Phrases.Any(phrase => phrase is null || phrase.Length > options.MaxPhraseCharacters))
        {
            throw ProblemException.Unusable("phrases", $"a phrase has more than {options.MaxPhraseCharacters} characters");
        }

        List<string> phrases = [.. parameters.Phrases];
        phrases.AddRange(report?.Findings.Select(finding => finding.Prompt.Text) ?? []);

        phrases = [.. phrases.Distinct(StringComparer.Ordinal)];
        return phrases.Count <= options.MaxPhrases
            ? phrases
            : throw ProblemException.Unusable(
                "phrases",
                $"{phrases.Count} phrases, those of the report included; at most {options.MaxPhrases} are accepted"
            );
    }
}

/// <summary>A checked request; holds its model until disposed.</summary>
internal sealed class GroundingRequestPlan(
    ModelLease lease,
    GroundParameters parameters,
    IReadOnlyList<AskedPhrase> phrases,
    ReportReading? report
) : IDisposable
{
    public ServedModel Model => lease.Model;

    public GroundParameters Parameters { get; } = parameters;

    /// <summary>What is asked for, denied phrases included.</summary>
    public IReadOnlyList<AskedPhrase> Phrases { get; } = phrases;

    /// <summary>What is grounded, each text once.</summary>
    public IReadOnlyList<string> Texts { get; } =
    [.. phrases.Select(phrase => phrase.Text).OfType<string>().Distinct(StringComparer.Ordinal)];

    /// <summary>The report that phrases came from, or null.</summary>
    public ReportReading? Report { get; } = report;

    public void Dispose() => lease.Dispose();
}
