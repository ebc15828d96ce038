using System.Diagnostics;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Server.Tests;

/// <summary>The Python client of <c>docs/deploy/clients/python</c> and its notebook, against a running service.</summary>
[Trait("Category", "process")]
public sealed class PythonClientTests : IDisposable
{
    private static readonly string Client = Path.Combine(Fixtures.Repository, "docs", "deploy", "clients", "python");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static async Task<(int Code, string Output, string Error)> Python(string? url, params string[] arguments)
    {
        ProcessStartInfo start = new("python3", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Client,
        };
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        start.Environment["CXR_URL"] = url;
        start.Environment.Remove("CXR_KEY");
        Process? process = null;
        try
        {
            process = Process.Start(start);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("there is no python3");
        }

        using (process)
        {
            Task<string> error = process!.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return (process.ExitCode, output, await error);
        }
    }

    [Fact]
    public async Task Notebook_EveryCell_RunsAgainstTheService()
    {
        await using TestService service = await TestService.StartAsync();

        (int code, string output, string error) = await Python(service.Address.ToString(), "run_notebook.py", "notebooks/ground.ipynb");

        Assert.True(code == 0, error);
        Assert.Contains("left lower pneumonia ((", output, StringComparison.Ordinal);
        Assert.Contains("left lower consolidation -> ((", output, StringComparison.Ordinal);
        Assert.Contains("bytes of PNG", output, StringComparison.Ordinal);
        Assert.Matches("4\\d\\d .*xyzzy", output);
    }

    [Fact]
    public async Task Client_ReportKeyAndForgottenImage_AreHandled()
    {
        string keys = _folder.Write("keys", "sesame-sesame-sesame-sesame-1234\n");
        await using TestService service = await TestService.StartAsync("Cxr:ApiKeyFile", keys);
        string image = _folder.Write("a.png", Radiographs.Png());
        string script = _folder.Write(
            "t.py",
            $"""
            import sys
            sys.path.insert(0, {Quoted(Client)})
            from cxr_client import CxrClient, CxrError
            client = CxrClient(key="sesame-sesame-sesame-sesame-1234")
            found = client.ground({Quoted(image)}, report="Findings: Right pleural effusion. No pneumothorax.", confidence=False)
            print([phrase.phrase for phrase in found.phrases], found.width, found.height)
            with client.upload({Quoted(image)}) as kept:
                pass
            try:
                kept.ground(["edema"])
            except CxrError as error:
                print(error.status)
            try:
                CxrClient(key="wrong").ground({Quoted(image)}, ["edema"])
            except CxrError as error:
                print(error.status)
            try:
                CxrClient("http://127.0.0.1:9").ground({Quoted(image)}, ["edema"])
            except CxrError as error:
                print(error.status, "cannot be reached" in str(error))
            """
        );

        (int code, string output, string error) = await Python(service.Address.ToString(), script);

        Assert.True(code == 0, error);
        string[] lines = output.TrimEnd().Split('\n');
        Assert.StartsWith("['right pleural effusion'] ", lines[0], StringComparison.Ordinal);
        Assert.Equal(["404", "401", "0 True"], lines[1..]);
    }

    private static string Quoted(string text) => System.Text.Json.JsonSerializer.Serialize(text);
}
