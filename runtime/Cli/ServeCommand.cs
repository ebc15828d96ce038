using System.CommandLine;
using System.Globalization;
using System.Runtime.CompilerServices;
using CxrOnnx.CommandLine;
using CxrOnnx.Core;
using CxrOnnx.Server.Hosting;
using CxrOnnx.Workflows;

namespace CxrOnnx.Cli;

/// <summary><c>cxr serve</c>: the HTTP service and the viewer page.</summary>
public static class ServeCommand
{
    private const string SamplesFolder = "samples";
    private const string FirstBundle = "Cxr:Bundles:0";
    private const string Samples = "Cxr:Samples";

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Option<string[]> bundles = new("--bundle")
        {
            Description =
                "Bundle folder or .cxrb file, optionally NAME=DIR; may be repeated, the first is the default model (default: the "
                + "shipped bundle).",
            HelpName = "DIR",
        };
        Option<string?> urls = new("--urls")
        {
            Description = "Addresses to listen on, separated by ';' (default: http://127.0.0.1:8080).",
            HelpName = "URLS",
        };
        Option<string?> keys = new("--api-key-file")
        {
            Description = "File with API keys, one per line, optionally 'name key'.",
            HelpName = "FILE",
        };
        Option<bool> anonymous = new("--allow-anonymous")
        {
            Description = "Listen beyond loopback without API keys: everybody in the network may use the service.",
        };
        Option<string?> provider = new("--provider") { Description = "auto (default), cpu, cuda or tensorrt.", HelpName = "NAME" };
        Option<string?> math = new("--math")
        {
            Description = "fp32 (default), tf32 or fp16: how numbers are computed.",
            HelpName = "PRECISION",
        };
        Option<string?> devices = new("--device-id")
        {
            Description = "Numbers of the GPUs to serve on, as in 0,1: each loads the models and takes from the one queue (default: 0).",
            HelpName = "N,N",
        };
        Option<string?> library = CommonOptions.ProviderLibrary();
        Option<bool> deterministic = CommonOptions.Deterministic();
        Option<int?> queue = new("--queue")
        {
            Description = "Requests that may wait; one more is answered 429 (default: 32).",
            HelpName = "N",
        };
        Option<int?> imagesAtOnce = CommonOptions.ImagesAtOnce();
        Option<double?> deadline = new("--deadline")
        {
            Description = "Seconds after which a request is given up (default: 120).",
            HelpName = "S",
        };
        Option<int?> body = new("--max-body-mib") { Description = "Largest request body in MiB (default: 64).", HelpName = "N" };
        Option<long?> pixels = new("--max-pixels") { Description = "Largest image in pixels (default: 50,000,000).", HelpName = "N" };
        Option<int?> phrases = new("--max-phrases") { Description = "Most phrases of a request (default: 16).", HelpName = "N" };
        Option<int?> cache = new("--cache-mib") { Description = "Memory for trajectories in MiB (default: 256).", HelpName = "N" };
        Option<string?> samples = new("--samples")
        {
            Description = "Folder with sample radiographs for the page (default: 'samples' beside the shipped bundle).",
            HelpName = "DIR",
        };
        SelfStoppingCommand command = new(
            "serve",
            "Serve the viewer page and the HTTP API. Every other setting is in the section 'Cxr' of ASP.NET's configuration "
                + "(appsettings.json, environment variables such as Cxr__DrainSeconds); certificates are Kestrel's."
        )
        {
            bundles,
            urls,
            keys,
            anonymous,
            math,
            provider,
            devices,
            library,
            deterministic,
            queue,
            imagesAtOnce,
            deadline,
            body,
            pixels,
            phrases,
            cache,
            samples,
        };
        command.SetAction(
            async (parsed, _) =>
            {
                Dictionary<string, string?> settings = [];
                void Set(string name, object? value)
                {
                    if (value is not null)
                    {
                        settings[name] = Convert.ToString(value, CultureInfo.InvariantCulture);
                    }
                }

                string[] given = parsed.GetValue(bundles) ?? [];
                for (int i = 0; i < given.Length; i++)
                {
                    Set(FormattableString.Invariant($"{FirstBundle[..^1]}{i}"), given[i]);
                }

                int[] numbers = Numbers(parsed.GetValue(devices));
                for (int i = 0; i < numbers.Length; i++)
                {
                    Set(FormattableString.Invariant($"Cxr:DeviceIds:{i}"), numbers[i]);
                }

                Set("urls", parsed.GetValue(urls));
                Set("Cxr:ApiKeyFile", parsed.GetValue(keys));
                Set("Cxr:AllowAnonymous", parsed.GetValue(anonymous) ? true : null);
                Set("Cxr:Math", parsed.GetValue(math));
                Set("Cxr:Provider", parsed.GetValue(provider));
                Set("Cxr:ProviderLibrary", parsed.GetValue(library));
                Set("Cxr:Deterministic", parsed.GetValue(deterministic) ? true : null);
                Set("Cxr:QueueLength", parsed.GetValue(queue));
                Set("Cxr:ImagesAtOnce", parsed.GetValue(imagesAtOnce));
                Set("Cxr:DeadlineSeconds", parsed.GetValue(deadline));
                Set("Cxr:MaxBodyBytes", parsed.GetValue(body) is { } mebibytes ? (long)mebibytes << 20 : null);
                Set("Cxr:MaxPixels", parsed.GetValue(pixels));
                Set("Cxr:MaxPhrases", parsed.GetValue(phrases));
                Set("Cxr:TrajectoryCacheBytes", parsed.GetValue(cache) is { } memory ? (long)memory << 20 : null);
                Set(Samples, parsed.GetValue(samples));
                Set("Logging:LogLevel:Default", parsed.GetValue(CommonOptions.Quiet) ? "Warning" : null);
                await RunAsync(settings, Defaults(), CommandOutput.Of(parsed).Note);
                return ExitCodes.Done;
            }
        );
        return command;
    }

    /// <summary>0,1 -> 0 and 1; nothing where nothing is given.</summary>
    private static int[] Numbers(string? list)
    {
        List<int> numbers = [];
        foreach (string text in list?.Split(',', StringSplitOptions.TrimEntries) ?? [])
        {
            numbers.Add(
                int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                    ? number
                    : throw new InputException($"`device-id` {list}: want numbers of GPUs, from 0, separated by commas")
            );
        }

        return [.. numbers];
    }

    /// <summary>
    /// A method of its own, never inlined: only here are the service's assembly and ASP.NET loaded, so that the other commands start as
    /// fast as ever.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task RunAsync(Dictionary<string, string?> settings, Dictionary<string, string?> defaults, Action<string> note) =>
        ServiceHost.RunAsync(settings, defaults, note);

    /// <summary>The shipped bundle and its samples, where nothing else is configured; and whether the log goes to a terminal.</summary>
    private static Dictionary<string, string?> Defaults()
    {
        Dictionary<string, string?> defaults = Console.IsOutputRedirected ? [] : new() { [ServiceHost.TerminalSetting] = "true" };
        if (BundleLocator.TryFindDefault() is not { } shipped)
        {
            return defaults;
        }

        string folder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(shipped))!, SamplesFolder);
        defaults[FirstBundle] = shipped;
        defaults[Samples] = Directory.Exists(folder) ? folder : null;
        return defaults;
    }
}
