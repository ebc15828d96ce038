using System.Net.Sockets;
using CxrOnnx.Core;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Server.Configuration;
using CxrOnnx.Server.Http;
using CxrOnnx.Server.Images;
using CxrOnnx.Server.Inference;
using CxrOnnx.Server.Metrics;
using CxrOnnx.Server.Models;
using CxrOnnx.Server.Page;
using CxrOnnx.Server.Problems;
using CxrOnnx.Server.Work;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CxrOnnx.Server.Hosting;

/// <summary>The service as a whole.</summary>
public static class ServiceHost
{
    /// <summary>
    /// Setting whose presence says that the log goes to a terminal, where a person reads it: then it is plain lines, else JSON, unless
    /// <c>Logging:Console:FormatterName</c> decides.
    /// </summary>
    public const string TerminalSetting = "Terminal";

    private const int MaxConnections = 1024;

    /// <summary>Builds the service.</summary>
    /// <param name="settings">
    /// Settings that override the configuration, for example <c>Cxr:Bundles:0</c> or <c>urls</c>; see <see cref="ServiceOptions"/>.
    /// </param>
    /// <param name="defaults">Settings that everything else overrides; or null.</param>
    /// <param name="configure">Changes the builder before the service is built, for tests; or null.</param>
    /// <exception cref="InputException">
    /// A setting cannot be, a file is missing, a GPU asked for by number cannot be used, or the service would listen beyond loopback
    /// without API keys.
    /// </exception>
    public static WebApplication Create(
        IEnumerable<KeyValuePair<string, string?>> settings,
        IEnumerable<KeyValuePair<string, string?>>? defaults = null,
        Action<WebApplicationBuilder>? configure = null
    )
    {
        // Watching the working folder for a changed appsettings.json would watch everything below it.
        WebApplicationBuilder builder = WebApplication.CreateBuilder(
            new WebApplicationOptions
            {
                Args = ["--hostBuilder:reloadConfigOnChange=false"],
                ApplicationName = "cxr",
                ContentRootPath = Directory.GetCurrentDirectory(),
            }
        );
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = defaults });
        builder.Configuration.AddInMemoryCollection(settings);
        ServiceOptions options = Read(builder.Configuration).Validated();
        CheckDevices(options);
        ApiKeys keys = options.ApiKeyFile is { } file ? ApiKeys.Read(file) : ApiKeys.None;
        (IReadOnlyList<string> addresses, bool fromKestrel) = ListeningAddresses.Of(builder.Configuration);
        ListeningAddresses.Check(addresses, keys.Required, options.AllowAnonymous);
        if (!fromKestrel)
        {
            builder.WebHost.UseUrls([.. addresses]);
        }

        ConfigureWebServer(builder, options);
        ConfigureLogging(builder);
        AddServices(builder.Services, options, keys, new AccessPolicy(!keys.Required && !options.AllowAnonymous));
        configure?.Invoke(builder);
        WebApplication app = builder.Build();
        Map(app);

        // Wrong bundles, names and sample folders are found before anything listens.
        _ = app.Services.GetRequiredService<ModelRegistry>();
        _ = app.Services.GetRequiredService<Samples>();
        return app;
    }

    /// <summary>Runs the service until a termination signal; accepted requests are answered before it returns.</summary>
    /// <param name="settings">As for <see cref="Create"/>.</param>
    /// <param name="defaults">As for <see cref="Create"/>.</param>
    /// <param name="note">Gets one line for people when the service listens.</param>
    /// <exception cref="InputException">As for <see cref="Create"/>, or an address cannot be listened on.</exception>
    public static async Task RunAsync(
        IEnumerable<KeyValuePair<string, string?>> settings,
        IEnumerable<KeyValuePair<string, string?>> defaults,
        Action<string> note
    )
    {
        await using WebApplication app = Create(settings, defaults);
        app.Lifetime.ApplicationStarted.Register(() => note($"listening on {string.Join(", ", app.Urls)}"));
        try
        {
            await app.StartAsync();
        }
        catch (Exception exception) when (IsOfListening(exception))
        {
            throw new InputException(
                $"cannot listen: {exception.Message.TrimEnd('.')}; free the address or give another with `urls`",
                exception
            );
        }

        await app.WaitForShutdownAsync();
    }

    /// <summary>
    /// An address in use, one that is not this machine's, one that only the administrator may take, one that cannot be read, or https
    /// without a certificate.
    /// </summary>
    private static bool IsOfListening(Exception exception) =>
        exception is IOException or SocketException
        || (
            exception is FormatException or InvalidOperationException or ArgumentException
            && exception.Source?.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) == true
        );

    private static ServiceOptions Read(ConfigurationManager configuration)
    {
        try
        {
            return configuration.GetSection(ServiceOptions.Section).Get<ServiceOptions>(binder => binder.ErrorOnUnknownConfiguration = true)
                ?? new ServiceOptions();
        }
        catch (InvalidOperationException exception)
        {
            throw new InputException($"configuration section {ServiceOptions.Section}: {exception.Message.TrimEnd('.')}", exception);
        }
    }

    /// <summary>A GPU that cannot be had ends the start in one line, not the loading of a model later.</summary>
    private static void CheckDevices(ServiceOptions options)
    {
        foreach (int device in options.DeviceIds)
        {
            _ = ExecutionProviders.Choose(
                options.Deterministic ? ExecutionProvider.Cpu : ExecutionProviders.Parse(options.Provider),
                options.ProviderLibrary,
                device
            );
        }
    }

    private static void ConfigureWebServer(WebApplicationBuilder builder, ServiceOptions options)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(
                options.MinUploadBytesPerSecond,
                TimeSpan.FromSeconds(options.UploadGraceSeconds)
            );
        });
        builder.Services.Configure<HostOptions>(host =>
            host.ShutdownTimeout = TimeSpan.FromSeconds(options.DrainSeconds + options.DrainDelaySeconds)
        );
    }

    private static void ConfigureLogging(WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        if (builder.Configuration["Logging:Console:FormatterName"] is not null)
        {
            builder.Logging.AddConsole();
        }
        else if (builder.Configuration[TerminalSetting] is null)
        {
            builder.Logging.AddJsonConsole(console => console.TimestampFormat = "O");
        }
        else
        {
            // A person looks on: a line each, as on any terminal.
            builder.Logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = "HH:mm:ss ";
            });
        }

        // ASP.NET's own lines quote paths, hosts and query strings; our own line per request does not.
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error);
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.None);

        // An address that cannot be listened on is the command's one line, not a stack trace before it.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
    }

    private static void AddServices(IServiceCollection services, ServiceOptions options, ApiKeys keys, AccessPolicy policy)
    {
        services.AddSingleton(options);
        services.AddSingleton(keys);
        services.AddSingleton(policy);
        services.AddSingleton<ServiceMetrics>();
        services.AddSingleton<ModelLoader>();
        services.AddSingleton<ModelRegistry>();
        services.AddSingleton<WorkQueue>();
        services.AddSingleton<Admission>();
        services.AddSingleton<TrajectoryCache>();
        services.AddSingleton<JointInversion>();
        services.AddSingleton<GroundingWork>();
        services.AddSingleton<RadiographIntake>();
        services.AddSingleton<ImageStore>();
        services.AddSingleton<GroundingHandler>();
        services.AddSingleton<Samples>();
        services.AddSingleton<DrainState>();
        services.ConfigureHttpJsonOptions(json => JsonBody.Configure(json.SerializerOptions));
        services.AddOpenApi("v1", ApiDescription.Configure);

        // Stopped in reverse order, after the web server: while it drains, the workers go on.
        services.AddHostedService<LoadingService>();
        services.AddHostedService<WorkerService>();
        services.AddHostedService(provider => provider.GetRequiredService<DrainState>());
    }

    private static void Map(WebApplication app)
    {
        app.UseMiddleware<RequestLogMiddleware>();
        app.UseMiddleware<ErrorMiddleware>();
        app.UseStatusCodePages(context =>
            ProblemWriter.WriteAsync(context.HttpContext, StatusProblem(context.HttpContext.Response.StatusCode))
        );
        app.UseMiddleware<AccessMiddleware>();
        GroundEndpoints.Map(app);
        ModelEndpoints.Map(app);
        Samples.Map(app);
        InferenceEndpoints.Map(app);
        MetricsEndpoint.Map(app);
        PageEndpoints.Map(app);
        app.MapOpenApi("/openapi/{documentName}.json");
    }

    private static ProblemException StatusProblem(int status) =>
        status switch
        {
            StatusCodes.Status404NotFound => ProblemException.NotFound(
                "route",
                "there is nothing at this address; /openapi/v1.json describes what there is"
            ),
            StatusCodes.Status405MethodNotAllowed => new(
                405,
                "method",
                "The method is not allowed",
                "this address does not take this method"
            ),
            StatusCodes.Status415UnsupportedMediaType => ProblemException.MediaType(
                "this address does not take this content type; /openapi/v1.json says which it takes"
            ),
            _ => new(status, "http", "The request was not accepted", $"status {status}"),
        };
}
