using System.CommandLine;
using CxrOnnx.CommandLine;
using CxrOnnx.Core;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Imaging.DicomObjects;
using CxrOnnx.Imaging.Overlay;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Workflows;
using CxrOnnx.Workflows.Ground;
using CxrOnnx.Workflows.Phrases;
using CxrOnnx.Workflows.Results;

namespace CxrOnnx.Commands;

/// <summary><c>cxr ground</c>: shows where phrases lie on a radiograph.</summary>
public static class GroundCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Argument<string> image = new("IMAGE") { Description = "Radiograph: PNG, JPEG or TIFF (8 or 16 bit), or DICOM." };
        Argument<string[]> phrases = new("PHRASE")
        {
            Description =
                "Phrases such as \"left lower pneumonia\". Free wording (\"LLL pneumonia\") is brought to the standard prompt, which is "
                + "shown; "
                + "what a phrase denies is not grounded. Phrases that begin with a dash come after --.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        Option<string?> report = new("--report")
        {
            Description = "Text file of a report: every finding in it is grounded.",
            HelpName = "FILE",
        };
        Option<bool> all = new("--all")
        {
            Description =
                "Ground every standard prompt the bundle knows in one call and keep the most likely ones (the most focused ones where "
                + "the bundle is not calibrated).",
        };
        Option<int> top = new("--top")
        {
            Description = "How many --all keeps.",
            DefaultValueFactory = _ => 10,
            HelpName = "N",
        };
        Option<string?> bundle = CommonOptions.Bundle();
        Option<string> preset = CommonOptions.PresetOrAuto();
        Option<string> math = CommonOptions.MathOrAuto();
        Option<string> provider = CommonOptions.Provider();
        Option<string?> library = CommonOptions.ProviderLibrary();
        Option<string> folder = new("--out")
        {
            Description = "Folder for the results; made if needed.",
            DefaultValueFactory = _ => "out",
            HelpName = "DIR",
        };
        Option<bool> verbatim = CommonOptions.Verbatim();
        Option<string> overlay = new("--overlay")
        {
            Description =
                "How pictures show the map: heat (colours, the default), contour (lines only) or side-by-side (with the bare radiograph).",
            DefaultValueFactory = _ => OverlayModes.Names[0],
            HelpName = "MODE",
        };
        Option<bool> perToken = new("--per-token") { Description = "Also give every sub-token its own heatmap." };
        Option<bool> noConfidence = CommonOptions.NoConfidence();
        Option<bool> montage = new("--montage") { Description = "Also join the pictures of all phrases into one." };
        Option<double> threshold = new("--threshold")
        {
            Description = "Strength, 0 to 1, above which a pixel belongs to the box.",
            DefaultValueFactory = _ => 0.5,
            HelpName = "T",
        };
        Option<long> pixels = new("--max-pixels")
        {
            Description = "Largest image that is read, in pixels.",
            DefaultValueFactory = _ => new RadiographReaderOptions().MaxPixels,
            HelpName = "N",
        };
        Option<int?> frame = CommonOptions.Frame();
        Option<bool> deterministic = CommonOptions.Deterministic();
        Option<bool> noOverlay = new("--no-overlay") { Description = "Write no picture per phrase." };
        Option<bool> noHeatmap = new("--no-heatmap") { Description = "Write no heatmap (.npy)." };
        Option<string> heatmapType = CommonOptions.HeatmapType();
        Option<string> heatmapGrid = CommonOptions.HeatmapGrid();
        Option<string?> dicom = new("--dicom")
        {
            Description =
                "Also write DICOM objects of the image's study: sc (overlay pictures), gsps (boxes as graphics), seg (pixels above the "
                + "threshold), pm (heatmaps), sr (structured report), separated by commas. The image must be DICOM.",
            HelpName = "KINDS",
        };
        Option<bool> dicomUids = new("--dicom-uids")
        {
            Description =
                "Also write which study, series and instance a DICOM image is into the result (default: no, an archive can trace them to "
                + "a patient; --dicom does).",
        };
        Option<bool> html = new("--html") { Description = "Also write report.html: one page with findings, denials and pictures." };
        Option<bool> fhir = new("--fhir")
        {
            Description = "Also write fhir.json: Observation and ImagingSelection (FHIR R5). The image must be DICOM.",
        };
        Option<bool> force = new("--force") { Description = "Replace an earlier result in the folder (default: it is refused)." };
        Option<bool> json = CommonOptions.Json();
        Command command = new("ground", "Show where phrases lie on a radiograph: overlay, heatmap and box.")
        {
            image,
            phrases,
            report,
            all,
            top,
            bundle,
            preset,
            math,
            provider,
            library,
            folder,
            verbatim,
            overlay,
            perToken,
            noConfidence,
            montage,
            threshold,
            pixels,
            frame,
            deterministic,
            noOverlay,
            noHeatmap,
            heatmapType,
            heatmapGrid,
            dicom,
            dicomUids,
            html,
            fhir,
            force,
            json,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.Run(
                    () =>
                    {
                        CommandOutput output = CommandOutput.Of(parsed, json);
                        GroundRequest request = new()
                        {
                            Image = parsed.GetRequiredValue(image),
                            Phrases = parsed.GetValue(phrases) ?? [],
                            Report = parsed.GetValue(report) is { } file ? ReadReport(file, output) : null,
                            Frame = parsed.GetValue(frame),
                            All = parsed.GetValue(all),
                            Top = parsed.GetValue(top) is var number and >= 1
                                ? number
                                : throw new InputException($"--top {parsed.GetValue(top)}: must be at least 1"),
                            Bundle = BundleLocator.Find(parsed.GetValue(bundle)),
                            Preset = parsed.GetValue(preset)!,
                            Math = parsed.GetValue(math)!,
                            Provider = parsed.GetValue(provider)!,
                            ProviderLibrary = parsed.GetValue(library),
                            Deterministic = parsed.GetValue(deterministic),
                            Verbatim = parsed.GetValue(verbatim),
                            Overlay = OverlayModes.Parse(parsed.GetValue(overlay)!),
                            PerToken = parsed.GetValue(perToken),
                            Confidence = !parsed.GetValue(noConfidence),
                            Threshold = parsed.GetValue(threshold),
                            MaxPixels = parsed.GetValue(pixels),
                            Heatmaps = CommonOptions.Heatmaps(
                                parsed,
                                !parsed.GetValue(noHeatmap),
                                "--no-heatmap",
                                heatmapType,
                                heatmapGrid
                            ),
                            Overlays = !parsed.GetValue(noOverlay),
                            DicomObjects = parsed.GetValue(dicom) is { } kinds ? DicomObjectKinds.Parse(kinds) : [],
                            DicomUids = parsed.GetValue(dicomUids),
                            Html = parsed.GetValue(html),
                            Fhir = parsed.GetValue(fhir),
                            Force = parsed.GetValue(force),
                        };
                        return Run(request, parsed.GetValue(folder)!, parsed.GetValue(montage), output, cancellationToken);
                    },
                    cancellationToken
                )
        );
        return command;
    }

    private static int Run(GroundRequest request, string folder, bool montage, CommandOutput output, CancellationToken cancellationToken)
    {
        if (request is { All: false, Report: null, Phrases.Count: 0 })
        {
            throw new InputException("no phrase given; give phrases after the image, or a report with --report FILE");
        }

        GroundOutputs outputs = new(folder, request, TimeProvider.System);
        GroundRun run = output.WithProgress("grounding", progress => GroundRun.Execute(request, progress, cancellationToken));
        GroundResult result = output.WithProgress("writing", progress => outputs.Write(run, montage, progress));
        foreach (string warning in result.Image.Warnings)
        {
            output.Warning($"{Path.GetFileName(request.Image)}: {warning}");
        }

        foreach (PhraseResult phrase in result.Phrases)
        {
            foreach (string warning in phrase.Warnings.Except(result.Image.Warnings))
            {
                output.Warning($"{Excerpt.Of(phrase.Phrase)}: {warning}");
            }
        }

        if (output.IsJson)
        {
            output.Document(GroundResultFile.ToJson(result));
        }
        else
        {
            GroundReport.Show(result, request.Confidence, folder, output);
        }

        return ExitCodes.Done;
    }

    /// <summary>The report's reading, and what of it a user has to know.</summary>
    private static ReportReading ReadReport(string path, CommandOutput output)
    {
        ReportReading reading = ReportFile.Read(path);
        string findings = string.Join(
            ", ",
            reading.Findings.Select(finding => $"{finding.Prompt.Text}{(finding.IsUncertain ? " (uncertain)" : "")}")
        );
        output.Note(
            reading.Findings.Count == 0
                ? "no findings in the report"
                : $"{reading.Findings.Count} finding{(reading.Findings.Count == 1 ? "" : "s")} in the report: {findings}"
        );
        foreach (ReportStatement statement in reading.Denied)
        {
            output.Note(
                $"not grounded, {SenseWords.Of(statement.Sense)}: {statement.Pathology.Name} (\"{Excerpt.Of(statement.Sentence)}\")"
            );
        }

        foreach (SkippedSection section in reading.SkippedSections)
        {
            string name = section.Name.Length > 0 ? section.Name : "text before the first heading";
            output.Note($"not read, {section.Reason}: {name} ({section.Sentences} sentence{(section.Sentences == 1 ? "" : "s")})");
        }

        foreach (ReportRemark remark in reading.Remarks)
        {
            output.Warning($"{Path.GetFileName(path)}: {remark}");
        }

        return reading;
    }
}
