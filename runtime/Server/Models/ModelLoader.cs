using System.Diagnostics;
using System.Globalization;
using System.Text;
using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding.Parity;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Server.Configuration;
using Microsoft.Extensions.Logging;

namespace CxrOnnx.Server.Models;

/// <summary>
/// Loads a bundle, once per device, and runs its golden cases through the very sessions that will answer requests.
/// </summary>
internal sealed partial class ModelLoader(ServiceOptions options, ILogger<ModelLoader> logger)
{
    private const int FailuresNamed = 3;

    /// <summary>Loads and verifies.</summary>
    /// <exception cref="ModelLoadException">
    /// The bundle cannot be opened, or a golden case was not reproduced; the graph is named.
    /// </exception>
    public ServedModel Load(ModelSlot slot)
    {
        long start = Stopwatch.GetTimestamp();
        Bundle? bundle = null;
        List<GroundingModel> models = [];
        try
        {
            bundle = Bundle.Open(slot.Path);
            List<ParityReport> reports = [];
            foreach (int device in options.Devices)
            {
                GroundingModel model = GroundingModel.Load(
                    bundle,
                    new GroundingModelOptions
                    {
                        Provider = ExecutionProviders.Parse(options.Provider),
                        ProviderLibrary = options.ProviderLibrary,
                        DeviceId = device,
                        Math = MathPrecisions.Parse(options.Math),
                        Threads = options.Threads,
                        Deterministic = options.Deterministic,
                    }
                );
                models.Add(model);
                model.LoadGraphs();
                ParityReport report = GoldenVerification.Run(model, null, null, CancellationToken.None);
                if (!report.Passed)
                {
                    string where = options.Devices.Count > 1 ? FormattableString.Invariant($"device {device}: ") : "";
                    throw new ModelLoadException(
                        where + Failure(report),
                        Encoding.UTF8.GetBytes(ParityReportJson.Document(report, withPath: false).ToJsonString())
                    );
                }

                reports.Add(report);
                Verified(
                    logger,
                    slot.Name,
                    bundle.Manifest.Id,
                    model.Provider.Name,
                    model.Provider.Reason,
                    report.Tensors.Count,
                    Stopwatch.GetElapsedTime(start).TotalSeconds
                );
            }

            return new ServedModel(slot.Name, options.Provider, bundle, models, reports[0]);
        }
        catch (Exception exception)
        {
            models.ForEach(model => model.Dispose());
            bundle?.Dispose();
            throw exception switch
            {
                ModelLoadException => exception,
                CxrOnnxException => new ModelLoadException(WithoutPaths(exception.Message, slot, bundle)),
                _ => new ModelLoadException($"loading failed with {exception.GetType().Name}"),
            };
        }
    }

    /// <summary>Logs how a load ended.</summary>
    public void Report(ModelSlot slot, bool loaded)
    {
        if (!loaded)
        {
            Refused(logger, slot.Name, slot.Problem!, slot.Current is null ? "nothing is served" : "the earlier version goes on serving");
        }
    }

    private static string Failure(ParityReport report)
    {
        string[] failures =
        [
            .. report.Problems,
            .. report
                .Tensors.Where(tensor => !tensor.Passed)
                .Select(tensor =>
                    tensor.Problem is { } problem
                        ? $"{tensor.Name}: {problem}"
                        : string.Create(
                            CultureInfo.InvariantCulture,
                            $"{tensor.Name}: max-abs {tensor.MaxAbsolute:G3}, {tensor.FailedElements} of {tensor.ElementCount} elements "
                                + $"outside {tensor.Tolerance}"
                        )
                ),
        ];
        string graphs = string.Join(", ", report.Tensors.Where(tensor => !tensor.Passed).Select(tensor => tensor.Graph).Distinct());
        string more = failures.Length > FailuresNamed ? $"; and {failures.Length - FailuresNamed} more" : "";
        return failures.Length == 0
            ? "the bundle's golden file has no case for it"
            : $"the golden cases were not reproduced on this machine{(graphs.Length > 0 ? $" by {graphs}" : "")}: "
                + $"{string.Join("; ", failures.Take(FailuresNamed))}{more}";
    }

    /// <summary>Clients see the reason, but not where the bundle lies.</summary>
    private static string WithoutPaths(string message, ModelSlot slot, Bundle? bundle)
    {
        foreach (string? path in (string?[])[bundle?.Folder, slot.Path])
        {
            if (path is not null)
            {
                message = message
                    .Replace(path + Path.DirectorySeparatorChar, "", StringComparison.Ordinal)
                    .Replace(path, slot.Name, StringComparison.Ordinal);
            }
        }

        return message;
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "model {Model}: bundle {Bundle} on {Provider} ({Reason}) reproduced {Tensors} golden tensors and is served, after "
            + "{Seconds:0.00} s"
    )]
    private static partial void Verified(
        ILogger logger,
        string model,
        string bundle,
        string provider,
        string reason,
        int tensors,
        double seconds
    );

    [LoggerMessage(Level = LogLevel.Error, Message = "model {Model} is refused: {Problem}; {Consequence}")]
    private static partial void Refused(ILogger logger, string model, string problem, string consequence);
}
