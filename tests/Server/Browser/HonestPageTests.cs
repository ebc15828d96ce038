using CxrOnnx.Core.Confidence;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Server.Tests.Browser;

/// <summary>What the page says of phrases that are unknown, denied or refused, and that nothing on it is stale.</summary>
[Trait("Category", "browser")]
public sealed class HonestPageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cxr-honest-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<TestService> StartAsync() =>
        Environment.GetEnvironmentVariable("CXRONNX_SCREENSHOT_BUNDLE") is { Length: > 0 } bundle
            ? TestService.StartAsync("Cxr:Samples", Samples, "Cxr:Bundles:0", bundle, "Cxr:Threads", "0")
            : TestService.StartAsync(
                "Cxr:Samples",
                Samples,
                "Cxr:Bundles:0",
                CalibratedBundle.Calibrate(VerifiedTinyBundle.Create(Path.Combine(_folder, "tiny")), RegionSupport.Supported)
            );

    private static string Samples => Path.Combine(Fixtures.Repository, "models", "samples");

    private static async Task<ChromiumPage> OpenSampleAsync(TestService service, int width = 1280, int height = 800)
    {
        ChromiumPage page = await ChromiumPage.OpenAsync(service.Address, width, height);
        await page.UntilAsync("document.querySelectorAll('#samples button').length > 3");
        await page.EvaluateAsync(
            "[...document.querySelectorAll('#samples button')].find(b => b.textContent.includes('left lower')).click()"
        );
        await page.UntilAsync("document.getElementById('empty').hidden && document.getElementById('progress').hidden");
        return page;
    }

    private static async Task AskAsync(ChromiumPage page, string phrases, bool isAnswered = true)
    {
        await page.EvaluateAsync(
            $"(() => {{ const e = document.getElementById('phrases'); e.value = '{phrases}'; e.dispatchEvent(new Event('input')); "
                + "document.getElementById('ground').click(); })()"
        );
        await page.UntilAsync(
            $"!document.getElementById('{(isAnswered ? "results" : "error")}').hidden && document.getElementById('progress').hidden"
        );
    }

    private static async Task<string> TextAsync(ChromiumPage page, string id) =>
        (await page.EvaluateAsync($"document.getElementById('{id}').textContent")).GetString()!;

    [Fact]
    public async Task Page_UnknownDeniedAndFreePhrases_AreSaidWhereTheEyeIs()
    {
        await using TestService service = await StartAsync();
        await using ChromiumPage page = await OpenSampleAsync(service);

        await AskAsync(page, "LLL pneumonia\\npneumonia\\nno pleural effusion");

        string layers = await TextAsync(page, "layers");
        Assert.Contains("grounded as “left lower pneumonia”", layers, StringComparison.Ordinal);
        Assert.Contains("supported, ", layers, StringComparison.Ordinal);
        string strip = await TextAsync(page, "verdicts");
        Assert.Contains("pneumonia: confidence unknown: name a place", strip, StringComparison.Ordinal);
        Assert.Contains("no pleural effusion: denied by the phrase", strip, StringComparison.Ordinal);
        Assert.DoesNotContain("LLL", strip, StringComparison.Ordinal);
        Assert.True((await page.EvaluateAsync("document.querySelectorAll('#layers input')[2].disabled")).GetBoolean());
        Assert.Contains(
            "not told apart",
            (await page.EvaluateAsync("document.querySelector('.verdict.supported').title")).GetString()!,
            StringComparison.Ordinal
        );

        // Nothing lies on the radiograph but the map: the words stand beside it.
        Assert.True(
            (
                await page.EvaluateAsync(
                    "['verdicts', 'toolbar'].every((id) => { const a = document.getElementById(id).getBoundingClientRect(), b = "
                        + "document.getElementById('canvas').getBoundingClientRect(); return a.bottom <= b.top + 1 || "
                        + "a.top >= b.bottom - 1; })"
                )
            ).GetBoolean()
        );
        await PageTests.ShootAsync(page, "honest-unknown-denied-supported");
        foreach (string mode in (string[])["contour", "side"])
        {
            await page.EvaluateAsync(
                $"(() => {{ const e = document.getElementById('mode'); e.value = '{mode}'; e.dispatchEvent(new Event('change')); }})()"
            );
            await PageTests.ShootAsync(page, $"honest-{mode}");
        }

        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Page_NumbersOfALayer_AreThoseOfTheAnswerAndFollowTheThreshold()
    {
        await using TestService service = await StartAsync();
        await using ChromiumPage page = await OpenSampleAsync(service);
        await AskAsync(page, "left lower pneumonia");

        Assert.True(
            (
                await page.EvaluateAsync(
                    "(async () => { const { state } = await import('./state.js'), { viewer } = await import('./display.js'); return "
                        + "viewer.boxesOf(state.layers[0]) === state.result.phrases[0].boxes; })()"
                )
            ).GetBoolean()
        );
        string before = (await page.EvaluateAsync("document.querySelector('.numbers').textContent")).GetString()!;
        await page.EvaluateAsync(
            "(() => { const e = document.getElementById('threshold'); e.value = 90; e.dispatchEvent(new Event('input')); })()"
        );
        Assert.NotEqual(before, (await page.EvaluateAsync("document.querySelector('.numbers').textContent")).GetString());

        // A part of the phrase has no verdict of its own, and no box.
        await page.EvaluateAsync("document.querySelector('#layers .tokens button').click()");
        await page.UntilAsync("document.querySelector('#layers .tokens button').ariaPressed === 'true'");
        await page.UntilAsync("document.getElementById('verdicts').textContent.includes('only “left” is shown')");
        Assert.Contains(
            "no box",
            (
                await page.EvaluateAsync(
                    "(async () => (await import('./results.js')).facts((await import('./state.js')).state.layers[0]))()"
                )
            ).GetString()!,
            StringComparison.Ordinal
        );
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Page_RefusedPhrase_ClearsTheOldAnswerAndOffersTheReport()
    {
        await using TestService service = await StartAsync();
        await using ChromiumPage page = await OpenSampleAsync(service);
        await AskAsync(page, "left lower pneumonia");

        await AskAsync(page, "left lower pnuemonia", isAnswered: false);

        Assert.Contains("did you mean", await TextAsync(page, "error-detail"), StringComparison.Ordinal);
        Assert.True(
            (
                await page.EvaluateAsync("document.getElementById('results').hidden && document.getElementById('error-report').hidden")
            ).GetBoolean()
        );
        Assert.DoesNotContain(
            "with",
            (
                await page.EvaluateAsync(
                    "document.getElementById('canvas').ariaLabel ?? document.getElementById('canvas').getAttribute('aria-label')"
                )
            ).GetString()!,
            StringComparison.Ordinal
        );
        await PageTests.ShootAsync(page, "honest-refused");
        await AskAsync(page, "FINDINGS: Possible left lower pneumonia. No pleural effusion.", isAnswered: false);
        await PageTests.ShootAsync(page, "honest-report-offered");

        await page.EvaluateAsync("document.getElementById('error-report').click()");
        await page.UntilAsync("!document.getElementById('reading').hidden && document.getElementById('progress').hidden");

        Assert.Equal("report", (await page.EvaluateAsync("document.querySelector('input[name=kind]:checked').value")).GetString());
        Assert.Contains("pleural effusion: denied", await TextAsync(page, "reading-list"), StringComparison.Ordinal);
        Assert.Contains("uncertain in the report", await TextAsync(page, "layers"), StringComparison.Ordinal);
        await PageTests.ShootAsync(page, "honest-report");
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Page_TypedPhrase_IsCompletedFromWhatTheModelKnows()
    {
        await using TestService service = await StartAsync();
        await using ChromiumPage page = await OpenSampleAsync(service);

        // The sample's report waits under its tab.
        await page.EvaluateAsync("document.querySelector('input[name=kind][value=report]').click()");
        Assert.Contains(
            "FINDINGS",
            (await page.EvaluateAsync("document.getElementById('phrases').value")).GetString()!,
            StringComparison.Ordinal
        );
        await page.EvaluateAsync("document.querySelector('input[name=kind][value=phrases]').click()");
        await page.EvaluateAsync(
            "(() => { const e = document.getElementById('phrases'); e.focus(); e.value = 'cardiomegaly\\nlow pneu'; e.selectionStart = "
                + "e.selectionEnd = e.value.length; e.dispatchEvent(new Event('input')); })()"
        );
        Assert.Contains("left lower pneumonia", await TextAsync(page, "completions"), StringComparison.Ordinal);
        await page.EvaluateAsync(
            "(() => { const e = document.getElementById('phrases'); for (const key of ['ArrowDown', 'Enter']) e.dispatchEvent(new "
                + "KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })); })()"
        );

        Assert.Matches(
            "^cardiomegaly\n[a-z ]*lower [a-z ]*pneumonia$",
            (await page.EvaluateAsync("document.getElementById('phrases').value")).GetString()!
        );
        Assert.True((await page.EvaluateAsync("document.getElementById('completions').hidden")).GetBoolean());
        Assert.True((await page.EvaluateAsync("document.querySelectorAll('#known-list button').length > 10")).GetBoolean());
        await page.EvaluateAsync("document.getElementById('known').open = true");
        await PageTests.ShootAsync(page, "honest-known");
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Page_SavedPicture_CarriesWhatTheOverlayCarries()
    {
        await using TestService service = await StartAsync();
        await using ChromiumPage page = await OpenSampleAsync(service);
        await AskAsync(page, "LLL pneumonia\\npneumonia\\nno pleural effusion");

        // The words that are drawn below the picture.
        string made = (
            await page.EvaluateAsync(
                """
                (async () => {
                  const drawn = [];
                  const own = OffscreenCanvasRenderingContext2D.prototype.fillText;
                  OffscreenCanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
                    drawn.push(text);
                    own.call(this, text, ...rest);
                  };
                  const parts = ['./picture.js', './display.js', './state.js'].map((name) => import(name));
                  const [{ makePicture }, { viewer }, { state }] = await Promise.all(parts);
                  const blob = await makePicture(viewer, state.layers, 'caption', {});
                  const bytes = new Uint8Array(await blob.arrayBuffer());
                  let text = '';
                  for (const byte of bytes) text += String.fromCharCode(byte);
                  return JSON.stringify({ drawn: drawn.join('\n'), png: btoa(text) });
                })()
                """
            )
        ).GetString()!;
        using System.Text.Json.JsonDocument picture = System.Text.Json.JsonDocument.Parse(made);
        string drawn = picture.RootElement.GetProperty("drawn").GetString()!;

        Assert.Contains("grounded as “left lower pneumonia” · supported, ", drawn, StringComparison.Ordinal);
        Assert.Contains("confidence unknown: name a place", drawn, StringComparison.Ordinal);
        Assert.Contains("denied by the phrase", drawn, StringComparison.Ordinal);
        Assert.Contains("peak at", drawn, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("CXRONNX_SCREENSHOTS") is { Length: > 0 } folder)
        {
            await File.WriteAllBytesAsync(
                Path.Combine(folder, "honest-saved.png"),
                picture.RootElement.GetProperty("png").GetBytesFromBase64()
            );
        }

        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Page_Phone_ScrollsToTheResult()
    {
        await using TestService service = await StartAsync();
        await using ChromiumPage page = await OpenSampleAsync(service, 390, 844);
        await page.ResizeAsync(390, 844, phone: true);
        await page.EvaluateAsync("window.scrollTo(0, document.body.scrollHeight)");

        await AskAsync(page, "left lower pneumonia\\npneumonia");

        await page.UntilAsync("Math.abs(document.getElementById('stage').getBoundingClientRect().top) < 4");
        Assert.True(
            (await page.EvaluateAsync("document.getElementById('results').getBoundingClientRect().top < innerHeight - 60")).GetBoolean()
        );
        Assert.True((await page.EvaluateAsync("document.documentElement.scrollWidth <= innerWidth")).GetBoolean());
        await PageTests.ShootAsync(page, "honest-phone");
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Page_ServerGone_HeaderSaysSoAndNothingCanBeAsked()
    {
        TestService service = await StartAsync();
        await using ChromiumPage page = await OpenSampleAsync(service);
        Assert.False((await page.EvaluateAsync("document.getElementById('ground').disabled")).GetBoolean());

        await service.DisposeAsync();

        await page.UntilAsync("document.getElementById('model').textContent.includes('does not answer')");
        Assert.True((await page.EvaluateAsync("document.getElementById('ground').disabled")).GetBoolean());
    }
}
