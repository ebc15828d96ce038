using System.Globalization;
using System.Runtime.InteropServices;
using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Workflows.Diagnosis;

/// <summary>ONNX Runtime, its telemetry, its providers, and the bundle.</summary>
internal static class RuntimeChecks
{
    private const string TelemetryVariable = "ORT_DISABLE_TELEMETRY";
    private const double BytesPerMebibyte = 1 << 20;

    /// <summary>The native ONNX Runtime.</summary>
    public static Check OnnxRuntime()
    {
        try
        {
            return new Check("ONNX Runtime", CheckOutcome.Pass, $"native library {ExecutionProviders.RuntimeVersion}");
        }
        catch (Exception exception)
            when (exception is DllNotFoundException or TypeInitializationException or BadImageFormatException or EntryPointNotFoundException
            )
        {
            return new Check(
                "ONNX Runtime",
                CheckOutcome.Fail,
                $"the native library cannot be loaded: {FirstLine((exception.InnerException ?? exception).Message)}",
                "publish for this platform (dotnet publish -r <rid>); on Linux it needs glibc 2.28 or newer"
            );
        }
    }

    /// <summary>Whether ONNX Runtime's telemetry is off, as its native side sees it.</summary>
    public static Check Telemetry()
    {
        string? value = NativeVariable(TelemetryVariable);
        return value is not null and not "0"
            ? new Check("telemetry", CheckOutcome.Pass, $"off ({TelemetryVariable}={value})")
            : new Check(
                "telemetry",
                CheckOutcome.Fail,
                "ONNX Runtime may send usage data and write to the home folder",
                $"set {TelemetryVariable}=1 in the environment"
            );
    }

    /// <summary>The execution providers; one that was asked for by name has to work.</summary>
    public static IEnumerable<Check> Providers(DoctorRequest request)
    {
        ExecutionProvider wanted;
        IReadOnlyList<ProviderStatus> found;
        Check? failure = null;
        try
        {
            wanted = ExecutionProviders.Parse(request.Provider);
            if (request.ProviderLibrary is { } library && !File.Exists(library))
            {
                throw new InputException($"provider library {library}: no such file");
            }

            found = ExecutionProviders.Examine(request.ProviderLibrary);
        }
        catch (InputException)
        {
            // A wrong option is not a finding about the machine.
            throw;
        }
        catch (Exception exception)
        {
            (wanted, found) = (ExecutionProvider.Auto, []);
            failure = new Check(
                "providers",
                CheckOutcome.Fail,
                $"cannot be examined: {FirstLine((exception.InnerException ?? exception).Message)}",
                "mend ONNX Runtime first"
            );
        }

        if (failure is not null)
        {
            yield return failure;
        }

        foreach (ProviderStatus status in found)
        {
            CheckOutcome outcome =
                status.Usable ? CheckOutcome.Pass
                : status.Provider == wanted ? CheckOutcome.Fail
                : CheckOutcome.Optional;
            (string detail, string? fix) = CudaChecks.Explain(status) ?? (status.Detail, status.Fix);
            yield return new Check($"provider {status.Provider.ToString().ToLowerInvariant()}", outcome, detail, fix);
        }
    }

    /// <summary>The bundle: there, unchanged, and its graphs load.</summary>
    public static Check Bundle(DoctorRequest request)
    {
        try
        {
            LocatedBundle? located = request.Bundle is null ? BundleLocator.TryLocateDefault() : BundleLocator.Locate(request.Bundle);
            if (located is null)
            {
                return new Check(
                    "bundle",
                    CheckOutcome.Optional,
                    $"{BundleLocator.Variable} is not set, and {BundleLocator.DefaultFolder} was not found in the current folder and above "
                        + "or beside the program",
                    $"name one with `bundle` DIR or {BundleLocator.Variable}"
                );
            }

            using Bundle bundle = Core.Bundles.Bundle.Open(located.Path);
            using GroundingModel model = GroundingModel.Load(bundle, new GroundingModelOptions { Provider = ExecutionProvider.Cpu });
            model.LoadGraphs();
            BundleManifest manifest = bundle.Manifest;
            string detail = string.Create(
                CultureInfo.InvariantCulture,
                $"{manifest.Model.Name} {manifest.Id}, {manifest.Precision}, "
                    + $"{manifest.Files.Sum(file => file.Size) / BytesPerMebibyte:0.#} MiB, {manifest.Files.Count} files unchanged, "
                    + $"{manifest.Graphs.Count} graphs load; {located.Path}, {located.How}"
            );
            return new Check("bundle", CheckOutcome.Pass, detail);
        }
        catch (CxrOnnxException exception)
        {
            return new Check(
                "bundle",
                CheckOutcome.Fail,
                exception.Message,
                "copy or export the bundle again, or name another with `bundle` DIR"
            );
        }
        catch (Exception exception) when (exception is DllNotFoundException or TypeInitializationException or BadImageFormatException)
        {
            return new Check("bundle", CheckOutcome.Fail, "its graphs cannot be loaded without ONNX Runtime", "mend ONNX Runtime first");
        }
    }

    private static string? NativeVariable(string name)
    {
        if (OperatingSystem.IsWindows())
        {
            return Environment.GetEnvironmentVariable(name);
        }

        // .NET keeps its own copy of the environment on Unix; what counts is what the C library answers.
        IntPtr value = GetEnvironment(name);
        return value == IntPtr.Zero ? null : Marshal.PtrToStringUTF8(value);
    }

    private static string FirstLine(string message) => message.Split('\n', 2)[0].Trim();

    [DllImport("libc", EntryPoint = "getenv", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern IntPtr GetEnvironment(string name);
}
