using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using CxrOnnx.Runtime.Tests.Imaging;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Workflows.Watch;

/// <summary>
/// The clinic's loop of docs/deploy/orthanc with a real archive on loopback: a study arrives, its report arrives, results come back.
/// </summary>
[Trait("Category", "process")]
public sealed class OrthancTests : IAsyncDisposable
{
    private const string Program = "/usr/sbin/Orthanc";
    private const string Study = "1.2.826.0.1.3680043.8.498.11";
    private const string Name = "Planted^Zyxwvut";

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private Process? _archive;
    private string _root = "";
    private readonly StringBuilder _log = new();

    private static string? Plugin =>
        Directory.Exists("/usr/lib/orthanc") ? Directory.GetFiles("/usr/lib/orthanc", "libOrthancDicomWeb.so*").FirstOrDefault() : null;

    public async ValueTask DisposeAsync()
    {
        if (_archive is { HasExited: false })
        {
            _archive.Kill();
            await _archive.WaitForExitAsync();
        }

        _archive?.Dispose();
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Watch_StudyAndReportArrive_ResultsAreStoredOnceWithoutNamesInLogs()
    {
        Assert.SkipUnless(File.Exists(Program) && Plugin is not null, "Orthanc not installed (Debian packages orthanc, orthanc-dicomweb)");
        await Start();
        await Store(Radiograph());
        CliRun waiting = await Watch();
        Assert.True(waiting.Code == 0, waiting.Error);
        Assert.Contains(
            "0 image(s) grounded, 0 object(s) stored, 0 refused, 0 failed, 0 done before; 1 study(ies) without",
            waiting.Output,
            StringComparison.Ordinal
        );

        await Store(Report());
        CliRun done = await Watch();
        Assert.True(done.Code == 0, done.Error);
        Assert.Contains("1 image(s) grounded, 7 object(s) stored, 0 refused", done.Output, StringComparison.Ordinal);
        string[] modalities = [.. (await Modalities()).Order(StringComparer.Ordinal)];
        Assert.Equal(["CR", "OT", "OT", "PR", "SEG", "SR", "SR"], modalities);

        CliRun again = await Watch();
        Assert.Contains("0 image(s) grounded, 0 object(s) stored, 0 refused, 0 failed, 1 done before", again.Output, StringComparison.Ordinal);

        // A run that was killed before it could record sends the same objects again; the archive keeps one of each.
        int before = await Instances();
        File.Delete(_folder.File("state/done.jsonl"));
        Assert.Contains("7 object(s) stored", (await Watch()).Output, StringComparison.Ordinal);
        Assert.Equal((9, 9), (before, await Instances()));

        string everything = string.Join(
            '\n',
            [
                waiting.Output,
                waiting.Error,
                done.Output,
                done.Error,
                again.Error,
                await File.ReadAllTextAsync(_folder.File("state/done.jsonl")),
            ]
        );
        Assert.DoesNotContain("Zyxwvut", everything, StringComparison.Ordinal);
        Assert.DoesNotContain("PID-SECRET", everything, StringComparison.Ordinal);
        Assert.DoesNotContain(Study, everything, StringComparison.Ordinal);
        lock (_log)
        {
            Assert.DoesNotContain("Zyxwvut", _log.ToString(), StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(_folder.File("state/work")));
    }

    [Fact]
    public async Task Watch_ArchiveThatIsNotThere_IsRefusedWithOneLine()
    {
        (await CliTest.Run("watch", $"http://127.0.0.1:{FreePort()}/dicom-web", "--state", _folder.File("state"), "--once")).AssertRefused(
            "cannot be reached"
        );
    }

    private Task<CliRun> Watch() =>
        CliTest.Run(
            "watch",
            _root,
            "--state",
            _folder.File("state"),
            "--once",
            "--dicom",
            "sc,gsps,seg,pm,sr",
            "--preset",
            "turbo",
            "--bundle",
            Path.Combine(Fixtures.Repository, "models", "cxr-phantom")
        );

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Starts the archive with the example's settings, on free ports and a folder of its own.</summary>
    private async Task Start()
    {
        int http = FreePort();
        string example = await File.ReadAllTextAsync(Path.Combine(Fixtures.Repository, "docs/deploy/orthanc/orthanc.json"));
        string settings = _folder.File("orthanc.json");
        await File.WriteAllTextAsync(
            settings,
            example
                .Replace("STORAGE", Directory.CreateDirectory(_folder.File("archive")).FullName, StringComparison.Ordinal)
                .Replace("/usr/lib/orthanc/libOrthancDicomWeb.so", Plugin!, StringComparison.Ordinal)
                .Replace("8042", FormattableString.Invariant($"{http}"), StringComparison.Ordinal)
                .Replace("4242", FormattableString.Invariant($"{FreePort()}"), StringComparison.Ordinal)
        );
        _archive = Process.Start(
            new ProcessStartInfo(Program, [settings]) { RedirectStandardError = true, RedirectStandardOutput = true }
        )!;
        _archive.ErrorDataReceived += (_, line) => Log(line.Data);
        _archive.OutputDataReceived += (_, line) => Log(line.Data);
        _archive.BeginErrorReadLine();
        _archive.BeginOutputReadLine();
        _root = $"http://127.0.0.1:{http}/dicom-web";
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                (await _http.GetAsync(new Uri($"{_root}/studies"))).EnsureSuccessStatusCode();
                return;
            }
            catch (HttpRequestException) when (attempt < 200 && !_archive.HasExited)
            {
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
        }
    }

    private void Log(string? line)
    {
        lock (_log)
        {
            _log.AppendLine(line);
        }
    }

    private async Task Store(byte[] file)
    {
        string api = _root.Replace("/dicom-web", "/instances", StringComparison.Ordinal);
        (await _http.PostAsync(new Uri(api), new ByteArrayContent(file))).EnsureSuccessStatusCode();
    }

    private async Task<string[]> Modalities()
    {
        using JsonDocument series = JsonDocument.Parse(await _http.GetStringAsync(new Uri($"{_root}/series")));
        return [.. series.RootElement.EnumerateArray().Select(one => one.GetProperty("00080060").GetProperty("Value")[0].GetString()!)];
    }

    private async Task<int> Instances()
    {
        using JsonDocument all = JsonDocument.Parse(await _http.GetStringAsync(new Uri($"{_root}/instances")));
        return all.RootElement.GetArrayLength();
    }

    /// <summary>The shipped phantom with a planted patient.</summary>
    private static byte[] Radiograph()
    {
        byte[] shipped = File.ReadAllBytes(Path.Combine(Fixtures.Repository, "models/sample-dicom/phantom.dcm"));
        ReadOnlySpan<byte> pixels = shipped.AsSpan(shipped.Length - (384 * 450 * 2));
        return Identified(new DicomFileBuilder(width: 384, height: 450), "1.2.840.10008.5.1.4.1.1.1\0", "CR", "1")
            .Text(0x0020_0020, "CS", "L\\F")
            .Text(0x0028_0030, "DS", "0.8\\0.8 ")
            .Text(0x0028_1050, "DS", "2048")
            .Text(0x0028_1051, "DS", "4096")
            .Raw(0x7FE0_0010, "OW", pixels.ToArray())
            .Build();
    }

    /// <summary>A basic text report of the same study.</summary>
    private static byte[] Report()
    {
        const string text = "There is left lower lobe pneumonia. Possible right pleural effusion. No pneumothorax.";
        DicomFileBuilder file = Identified(new DicomFileBuilder(), "1.2.840.10008.5.1.4.1.1.88.11\0", "SR", "2")
            .Text(0x0008_0070, "LO", "RIS")
            .Text(0x0040_A040, "CS", "CONTAINER")
            .Text(0x0040_A050, "CS", "SEPARATE");
        byte[] item =
        [
            .. file.Element(0x0040_A010, "CS", Encoding.ASCII.GetBytes("CONTAINS")),
            .. file.Element(0x0040_A040, "CS", Encoding.ASCII.GetBytes("TEXT")),
            .. file.Element(0x0040_A160, "UT", Encoding.ASCII.GetBytes(text + (text.Length % 2 == 0 ? "" : " "))),
        ];
        foreach (uint tag in (uint[])[0x7FE0_0010, 0x0028_0002, 0x0028_0004, 0x0028_0010, 0x0028_0011, 0x0028_0100, 0x0028_0101])
        {
            file.Without(tag);
        }

        return file.Raw(0x0040_A730, "SQ", DicomFileBuilder.Item(item, undefinedLength: false)).Build();
    }

    private static DicomFileBuilder Identified(DicomFileBuilder file, string sopClass, string modality, string number) =>
        file.Text(0x0008_0016, "UI", sopClass)
            .Text(0x0008_0018, "UI", $"{Study}.9.{number}")
            .Text(0x0008_0060, "CS", modality)
            .Text(0x0010_0010, "PN", Name)
            .Text(0x0010_0020, "LO", "PID-SECRET")
            .Text(0x0020_000D, "UI", Study)
            .Text(0x0020_000E, "UI", $"{Study}.8.{number}");
}
