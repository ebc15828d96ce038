using System.CommandLine;
using CxrOnnx.CommandLine;
using CxrOnnx.Core;
using CxrOnnx.Evaluation.Bench;
using CxrOnnx.Evaluation.Certification;
using CxrOnnx.Evaluation.Load;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Workflows;

namespace CxrOnnx.Commands;

/// <summary>
/// <c>cxr bench</c>: how fast a bundle grounds on this machine, and what a faster preset costs in likeness; with <c>--service</c>, what a
/// running service adds to the library.
/// </summary>
public static class BenchCommand
{
    private const string KeyVariable = "CXR_KEY";

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Option<string?> bundle = CommonOptions.Bundle();
        Option<string[]> presets = new("--preset")
        {
            Description = "Presets to measure (default: all of the bundle); the first is what the others are compared with in time.",
            HelpName = "NAME",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<int[]> prompts = new("--prompts")
        {
            Description = "Phrases per image (default: 1 5).",
            HelpName = "K",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [1, 5],
        };
        Option<string[]> images = new("--image")
        {
            Description = "Radiographs (default: a shipped sample).",
            HelpName = "FILE",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<int> runs = new("--runs")
        {
            Description = "Runs per row.",
            DefaultValueFactory = _ => 5,
            HelpName = "N",
        };
        Option<int?> warmUp = new("--warm-up")
        {
            Description = "Runs per row before those that count (default: 1; on a GPU 3, because the third call of a kind is recorded).",
            HelpName = "N",
        };
        Option<int> colds = new("--cold-starts")
        {
            Description = "Processes started per preset; 0 for none.",
            DefaultValueFactory = _ => 1,
            HelpName = "N",
        };
        Option<int?> frame = CommonOptions.Frame();
        Option<int> threads = new("--threads")
        {
            Description = "Threads of an operator; 0 for one per physical core.",
            DefaultValueFactory = _ => 0,
            HelpName = "N",
        };
        Option<bool> lean = new("--low-memory") { Description = "Compute on the mapped weight file itself: no rearranged copies, slower." };
        Option<bool> confidence = new("--confidence")
        {
            Description = "Also ask how likely the image supports each phrase (calibrated bundles), as ground does by default.",
        };
        Option<bool> deterministic = CommonOptions.Deterministic();
        Option<bool> profile = new("--profile")
        {
            Description = "Also show where the time of the first preset goes, operator by operator.",
        };
        Option<bool> processor = CpuTime();
        Option<string?> service = new("--service")
        {
            Description =
                $"Put load on a running service ('cxr serve' with the same bundle) and compare it with the library; its key, if it "
                + $"wants one, in {KeyVariable}. Takes the first of --preset and --image, and ignores --prompts, --runs, --warm-up, "
                + $"--cold-starts and --cpu-time.",
            HelpName = "URL",
        };
        Option<int[]> clients = new("--clients")
        {
            Description = "With --service: numbers of clients (default: 1 4 16).",
            HelpName = "N",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [1, 4, 16],
        };
        Option<int> requests = new("--requests")
        {
            Description = "With --service: requests per row, at least.",
            HelpName = "N",
            DefaultValueFactory = _ => 32,
        };
        Option<bool> certify = new("--certify")
        {
            Description =
                "Measure how close every preset (and precision of the provider) is to exact fp32 on the images, and put that into the "
                + "bundle as its certificate. Takes --prompts' largest number, and ignores --runs, --warm-up, --cold-starts "
                + "and --cpu-time.",
        };
        Option<string> math = CommonOptions.Math();
        Option<string> provider = CommonOptions.Provider();
        Option<string?> library = CommonOptions.ProviderLibrary();
        Option<bool> json = CommonOptions.Json();
        Command command = new(
            "bench",
            "Measure latency, throughput, achieved FLOP/s against this machine's peak, memory and cold start; or a running service "
                + "under load."
        )
        {
            bundle,
            presets,
            prompts,
            images,
            frame,
            runs,
            warmUp,
            colds,
            threads,
            lean,
            deterministic,
            confidence,
            profile,
            processor,
            certify,
            math,
            provider,
            library,
            json,
            service,
            clients,
            requests,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.Run(
                    () =>
                    {
                        CommandOutput output = CommandOutput.Of(parsed, json);
                        string[] given = parsed.GetValue(images) ?? [];
                        GroundingModelOptions model = CommonOptions.Model(parsed, provider, library, math) with
                        {
                            Threads = parsed.GetValue(threads),
                            PrepackWeights = !parsed.GetValue(lean),
                            Deterministic = parsed.GetValue(deterministic),
                        };
                        if (parsed.GetValue(certify))
                        {
                            string[] maths = parsed.GetResult(math) is { Implicit: false } ? [parsed.GetValue(math)!] : [];
                            return CertifyReport.Run(
                                new CertifyRequest
                                {
                                    Bundle = BundleLocator.Find(parsed.GetValue(bundle)),
                                    Images = given.Length > 0 ? given : ShippedSamples.Find(),
                                    Frame = parsed.GetValue(frame),
                                    Presets = parsed.GetValue(presets) ?? [],
                                    Maths = [.. maths.Select(MathPrecisions.Parse)],
                                    Phrases = (parsed.GetValue(prompts) ?? []).DefaultIfEmpty(5).Max(),
                                    Model = model,
                                },
                                output,
                                cancellationToken
                            );
                        }

                        if (parsed.GetValue(service) is { } address)
                        {
                            return Load(
                                output,
                                cancellationToken,
                                new LoadRequest
                                {
                                    Service = Address(address),
                                    ApiKey = Environment.GetEnvironmentVariable(KeyVariable) is { Length: > 0 } key ? key : null,
                                    Bundle = BundleLocator.Find(parsed.GetValue(bundle)),
                                    Image = given.Length > 0 ? given[0] : ShippedSamples.Find()[0],
                                    Preset = parsed.GetValue(presets)?.FirstOrDefault() ?? "exact",
                                    Clients = parsed.GetValue(clients) ?? [],
                                    Requests = parsed.GetValue(requests),
                                    Model = model,
                                }
                            );
                        }

                        BenchRequest request = new()
                        {
                            Bundle = BundleLocator.Find(parsed.GetValue(bundle)),
                            Images = given.Length > 0 ? given : [ShippedSamples.Find()[0]],
                            Frame = parsed.GetValue(frame),
                            Presets = parsed.GetValue(presets) ?? [],
                            PhraseCounts = [.. (parsed.GetValue(prompts) ?? []).Distinct()],
                            Runs = parsed.GetValue(runs),
                            WarmUp = parsed.GetValue(warmUp),
                            ColdStarts = parsed.GetValue(colds),
                            ProcessorTime = parsed.GetValue(processor),
                            Confidence = parsed.GetValue(confidence),
                            Profile = parsed.GetValue(profile),
                            Model = model,
                        };
                        BenchResult result = output.WithProgress(
                            "measuring",
                            progress => BenchRun.Execute(request, progress, cancellationToken)
                        );
                        if (output.IsJson)
                        {
                            output.Document(result.ToJson());
                        }
                        else
                        {
                            BenchReport.Write(result, output);
                        }

                        return ExitCodes.Done;
                    },
                    cancellationToken
                )
        );
        return command;
    }

    private static int Load(CommandOutput output, CancellationToken cancellationToken, LoadRequest request)
    {
        LoadResult result = output.WithProgress(
            "measuring",
            progress => LoadRun.ExecuteAsync(request, progress, cancellationToken).GetAwaiter().GetResult()
        );
        if (output.IsJson)
        {
            output.Document(result.ToJson());
        }
        else
        {
            LoadReport.Write(result, output);
        }

        return result.Rows.Any(row => row.Failed > 0) ? ExitCodes.CheckFailed : ExitCodes.Done;
    }

    private static Uri Address(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https"
            ? address
            : throw new InputException($"--service '{text}': wanted an address such as http://127.0.0.1:8080");

    /// <summary>The option to take processor time.</summary>
    public static Option<bool> CpuTime() =>
        new("--cpu-time")
        {
            Description = "Take processor time instead of wall time; with --threads 1 that gives ratios on a machine that others use.",
        };
}
