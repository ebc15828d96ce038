using System.CommandLine;
using System.Globalization;
using CxrOnnx.CommandLine;
using CxrOnnx.Core;
using CxrOnnx.Imaging.DicomObjects;
using CxrOnnx.Workflows;
using CxrOnnx.Workflows.DicomWeb;
using CxrOnnx.Workflows.Ground;
using CxrOnnx.Workflows.Watch;

namespace CxrOnnx.Commands;

/// <summary><c>cxr watch</c>: grounds what arrives in an archive and stores the results there.</summary>
public static class WatchCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Argument<string> root = new("DICOMWEB")
        {
            Description = "Root of the archive's DICOMweb service, such as http://127.0.0.1:8042/dicom-web.",
        };
        Option<string> state = new("--state")
        {
            Description = "Folder for the record of what was done; a run that was killed goes on with it.",
            HelpName = "DIR",
            Required = true,
        };
        Option<string?> reports = new("--reports")
        {
            Description = "Folder with reports as STUDY-INSTANCE-UID.txt; studies without one need a structured report in the archive.",
            HelpName = "DIR",
        };
        Option<string> dicom = new("--dicom")
        {
            Description = "What is sent back: sc, gsps, seg, pm, sr, separated by commas.",
            DefaultValueFactory = _ => "sc,gsps,sr",
            HelpName = "KINDS",
        };
        Option<string> modality = new("--modality")
        {
            Description = "Modalities whose images are grounded, separated by commas.",
            DefaultValueFactory = _ => "CR,DX",
            HelpName = "LIST",
        };
        Option<string?> studyDate = new("--study-date")
        {
            Description = "Only studies of a date or range as DICOM writes it: 20260131, 20260101-, 20260101-20260131.",
            HelpName = "RANGE",
        };
        Option<string?> auth = new("--auth-file")
        {
            Description = "File with user:password for the archive (basic authentication).",
            HelpName = "FILE",
        };
        Option<double> interval = new("--interval")
        {
            Description = "Seconds between two looks at the archive.",
            DefaultValueFactory = _ => 10,
            HelpName = "S",
        };
        Option<bool> once = new("--once") { Description = "Look once, do what is there, and end." };
        Option<string?> bundle = CommonOptions.Bundle();
        Option<string> preset = CommonOptions.PresetOrAuto();
        Option<string> math = CommonOptions.MathOrAuto();
        Option<string> provider = CommonOptions.Provider();
        Option<string?> library = CommonOptions.ProviderLibrary();
        Command command = new("watch", "Ground what arrives in an archive (DICOMweb), and store the results in its studies.")
        {
            root,
            state,
            reports,
            dicom,
            modality,
            studyDate,
            auth,
            interval,
            once,
            bundle,
            preset,
            math,
            provider,
            library,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                string located = BundleLocator.Find(parsed.GetValue(bundle));
                WatchRequest request = new()
                {
                    DicomWeb = parsed.GetRequiredValue(root),
                    State = parsed.GetRequiredValue(state),
                    Reports =
                        parsed.GetValue(reports) is not { } folder || Directory.Exists(folder)
                            ? parsed.GetValue(reports)
                            : throw new InputException($"--reports {folder}: no such folder"),
                    Objects = DicomObjectKinds.Parse(parsed.GetValue(dicom)!),
                    Modalities = Modalities(parsed.GetValue(modality)!),
                    StudyDate = Date(parsed.GetValue(studyDate)),
                    Credentials = Credentials(parsed.GetValue(auth)),
                    Bundle = located,
                    Ground = new GroundRequest
                    {
                        Image = "",
                        Phrases = [],
                        Bundle = located,
                        Preset = parsed.GetValue(preset)!,
                        Math = parsed.GetValue(math)!,
                        Provider = parsed.GetValue(provider)!,
                        ProviderLibrary = parsed.GetValue(library),
                    },
                };
                double seconds = parsed.GetValue(interval);
                if (seconds is not (>= 0.1 and <= 86_400))
                {
                    throw new InputException($"--interval {seconds.ToString(CultureInfo.InvariantCulture)}: must be 0.1 to 86400 seconds");
                }

                return await Run(request, TimeSpan.FromSeconds(seconds), parsed.GetValue(once), CommandOutput.Of(parsed), cancellationToken)
                    .ConfigureAwait(false);
            }
        );
        return command;
    }

    private static async Task<int> Run(
        WatchRequest request,
        TimeSpan interval,
        bool once,
        CommandOutput output,
        CancellationToken cancellationToken
    )
    {
        using WatchRun run = new(request, TimeProvider.System);
        string last = "";
        while (true)
        {
            try
            {
                WatchSummary summary = await run.Look(output, cancellationToken).ConfigureAwait(false);
                string line = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{summary.Stored} image(s) grounded, {summary.Objects} object(s) stored, {summary.Refused} refused, {summary.Failed} "
                        + $"failed, {summary.Earlier} done before; {summary.Waiting} study(ies) without a report yet"
                );
                if (once)
                {
                    output.Line(line);
                    return summary.Failed == 0
                        ? ExitCodes.Done
                        : throw new InputException($"{summary.Failed} image(s) could not be fetched or stored; see above, and look again");
                }

                // A look that changed nothing is worth no line.
                if (line != last)
                {
                    output.Note(line);
                    last = line;
                }
            }
            catch (DicomWebException exception) when (!once)
            {
                output.Warning($"{exception.Message}; trying again in {interval.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s");
            }

            await Task.Delay(interval, cancellationToken).ConfigureAwait(false);
        }
    }

    private static IReadOnlyList<string> Modalities(string list)
    {
        string[] all = list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return all.Length > 0 && all.All(one => one.Length <= 16 && one.All(char.IsAsciiLetterOrDigit))
            ? all
            : throw new InputException($"--modality {Excerpt.Of(list)}: want letters such as CR,DX");
    }

    private static string? Date(string? range) =>
        range is null || (range.Length is >= 8 and <= 17 && range.All(letter => char.IsAsciiDigit(letter) || letter == '-'))
            ? range
            : throw new InputException($"--study-date {Excerpt.Of(range)}: want 20260131, 20260101- or 20260101-20260131");

    private static string? Credentials(string? path)
    {
        if (path is null)
        {
            return null;
        }

        string text = File.Exists(path)
            ? File.ReadAllText(path).Trim()
            : throw new InputException($"--auth-file {path}: no such file; it holds user:password");
        return text.Contains(':', StringComparison.Ordinal)
            ? text
            : throw new InputException($"--auth-file {path}: holds no user:password");
    }
}
