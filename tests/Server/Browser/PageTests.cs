using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Server.Tests.Browser;

/// <summary>The page in a real browser. Screenshots go to the folder named by CXRONNX_SCREENSHOTS, if it is set.</summary>
[Trait("Category", "browser")]
public sealed class PageTests
{
    /// <summary>Colours seen in the middle of the canvas: gray, or coloured where an overlay is.</summary>
    private const string ColouredPixels = """
        (() => { const c = document.getElementById('canvas'); const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
          let n = 0; for (let i = 0; i < d.length; i += 4)
            if (Math.abs(d[i] - d[i + 1]) > 12 || Math.abs(d[i + 1] - d[i + 2]) > 12) n++; return n; })()
        """;

    private const string Sum = """
        (() => { const c = document.getElementById('canvas'); const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
          let n = 0; for (let i = 0; i < d.length; i += 4) n += d[i]; return n; })()
        """;

    private static string Samples => Path.Combine(Fixtures.Repository, "models", "samples");

    /// <summary>With the tiny bundle, or with the one for screenshots.</summary>
    private static Task<TestService> StartAsync() =>
        Environment.GetEnvironmentVariable("CXRONNX_SCREENSHOT_BUNDLE") is { Length: > 0 } bundle
            ? TestService.StartAsync("Cxr:Samples", Samples, "Cxr:Bundles:0", bundle, "Cxr:Threads", "0")
            : TestService.StartAsync("Cxr:Samples", Samples);

    internal static async Task ShootAsync(ChromiumPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("CXRONNX_SCREENSHOTS") is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
            await page.EvaluateAsync("document.activeElement.blur()");
            await Task.Delay(300);
            await File.WriteAllBytesAsync(Path.Combine(folder, $"{name}.png"), await page.ScreenshotAsync());
        }
    }

    private static Task SetAsync(ChromiumPage page, string id, int value) =>
        page.EvaluateAsync(
            $"(() => {{ const e = document.getElementById('{id}'); e.value = {value}; e.dispatchEvent(new Event('input')); return new "
                + $"Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(1)))); }})()"
        );

    [Fact]
    public async Task Page_DropPhraseSliders_WorkAsAUserExpects()
    {
        await using TestService service = await StartAsync();
        await using ChromiumPage page = await ChromiumPage.OpenAsync(service.Address, 1280, 800);
        await page.UntilAsync(
            "document.querySelectorAll('#samples button img').length > 3 && [...document.querySelectorAll('#samples img')].every(i => "
                + "i.complete && i.naturalWidth)"
        );
        await ShootAsync(page, "empty");
        Assert.True((await page.EvaluateAsync("document.getElementById('ground').disabled")).GetBoolean());

        // A sample brings its phrases; the answer brings colours.
        await page.EvaluateAsync(
            "[...document.querySelectorAll('#samples button')].find(b => b.textContent.includes('left lower')).click()"
        );
        await page.UntilAsync(
            "document.getElementById('empty').hidden && document.getElementById('progress').hidden && "
                + "!document.getElementById('ground').disabled"
        );
        Assert.Contains(
            "left lower pneumonia",
            (await page.EvaluateAsync("document.getElementById('phrases').value")).GetString(),
            StringComparison.Ordinal
        );
        Assert.Equal(0, (await page.EvaluateAsync(ColouredPixels)).GetInt32());
        await page.EvaluateAsync(
            "(() => { const e = document.getElementById('phrases'); e.value += '\\ncardiomegaly'; e.dispatchEvent(new Event('input')); "
                + "e.focus(); })()"
        );
        await page.PressAsync("Enter", modifiers: 2);
        await page.UntilAsync("!document.getElementById('results').hidden && document.getElementById('progress').hidden");
        await SetAsync(page, "opacity", 65);
        int coloured = (await page.EvaluateAsync(ColouredPixels)).GetInt32();
        Assert.True(coloured > 1000, $"{coloured} coloured pixels");
        Assert.Equal(3, (await page.EvaluateAsync("document.querySelectorAll('#layers > li').length")).GetInt32());
        await ShootAsync(page, "result");

        // The sliders change the picture.
        await page.EvaluateAsync("document.getElementById('boxes').click()");
        await SetAsync(page, "threshold", 90);
        Assert.True((await page.EvaluateAsync(ColouredPixels)).GetInt32() < coloured);
        await SetAsync(page, "threshold", 50);
        await SetAsync(page, "opacity", 0);
        Assert.Equal(0, (await page.EvaluateAsync(ColouredPixels)).GetInt32());
        double gray = (await page.EvaluateAsync(Sum)).GetDouble();
        await SetAsync(page, "level", 80);
        Assert.True((await page.EvaluateAsync(Sum)).GetDouble() < gray);
        await SetAsync(page, "level", 50);
        await page.EvaluateAsync("document.getElementById('canvas').focus()");
        await page.PressAsync("i");
        await SetAsync(page, "opacity", 0);
        Assert.NotEqual(gray, (await page.EvaluateAsync(Sum)).GetDouble());
        Assert.Equal("true", (await page.EvaluateAsync("document.getElementById('invert').ariaPressed")).GetString());
        await page.PressAsync("i");
        await SetAsync(page, "opacity", 65);

        // One part of a phrase; a layer switched off.
        await page.EvaluateAsync("document.querySelector('#layers .tokens button').click()");
        await page.UntilAsync("document.querySelector('#layers .tokens button').ariaPressed === 'true'");
        int before = (await page.EvaluateAsync(ColouredPixels)).GetInt32();
        await page.EvaluateAsync("document.querySelectorAll('#layers input').forEach(box => box.click())");
        await SetAsync(page, "opacity", 65);
        Assert.True(before > 0);
        Assert.Equal(0, (await page.EvaluateAsync(ColouredPixels)).GetInt32());
        await page.EvaluateAsync("document.querySelectorAll('#layers input').forEach(box => box.click())");
        await page.EvaluateAsync("document.getElementById('boxes').click(); document.querySelector('#layers .tokens button').click()");

        await page.EvaluateAsync("document.getElementById('theme').click()");
        await ShootAsync(page, "dark");
        await page.ResizeAsync(390, 844, phone: true);
        await page.UntilAsync("document.documentElement.scrollWidth <= innerWidth");
        await ShootAsync(page, "phone");
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Page_FileThatIsNoRadiograph_ShowsWhy()
    {
        await using TestService service = await StartAsync();
        await using ChromiumPage page = await ChromiumPage.OpenAsync(service.Address, 1280, 800);
        string file = Path.GetTempFileName();
        await File.WriteAllBytesAsync(file, "%PDF-1.7"u8.ToArray());
        await page.UntilAsync("document.getElementById('model').textContent.includes('reproduced')");

        await page.ChooseFileAsync("#file", file);

        await page.UntilAsync("!document.getElementById('error').hidden");
        Assert.Contains(
            "a PDF document",
            (await page.EvaluateAsync("document.getElementById('error-detail').textContent")).GetString(),
            StringComparison.Ordinal
        );
        await ShootAsync(page, "error");
        await page.PressAsync("Escape");
        await page.UntilAsync("document.getElementById('error').hidden");
        await File.WriteAllBytesAsync(file, Radiographs.Png(300, 340));
        await page.ChooseFileAsync("#file", file);
        await page.UntilAsync("document.getElementById('error').hidden && document.getElementById('empty').hidden");
        File.Delete(file);
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Page_CompressedDicom_WorksLikePng()
    {
        string file = Fixtures.Path("dicom/chest-j2k.dcm");
        Assert.SkipWhen(CxrOnnx.Imaging.Dicom.Gdcm.Find() is null, "no gdcmconv in PATH (apt-get install libgdcm-tools)");
        await using TestService service = await StartAsync();
        await using ChromiumPage page = await ChromiumPage.OpenAsync(service.Address, 1280, 800);
        await page.UntilAsync("document.getElementById('model').textContent.includes('reproduced')");

        await page.ChooseFileAsync("#file", file);
        await page.UntilAsync("document.getElementById('empty').hidden && document.getElementById('progress').hidden");
        await page.EvaluateAsync(
            "(() => { const e = document.getElementById('phrases'); e.value = 'left lower pneumonia'; e.dispatchEvent(new "
                + "Event('input')); document.getElementById('ground').click(); })()"
        );
        await page.UntilAsync("!document.getElementById('results').hidden && document.getElementById('progress').hidden");

        await ShootAsync(page, "dicom");
        Assert.Matches(
            "[0-9]{3,} by [0-9]{3,} pixels, with left lower pneumonia",
            (await page.EvaluateAsync("document.getElementById('canvas').getAttribute('aria-label')")).GetString()!
        );
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Page_SavedPicture_CarriesItsProof()
    {
        await using TestService service = await TestService.StartAsync();
        await using ChromiumPage page = await ChromiumPage.OpenAsync(service.Address, 1280, 800);
        string made = (
            await page.EvaluateAsync(
                """
                (async () => {
                  const { withTexts } = await import('./picture.js');
                  const canvas = new OffscreenCanvas(3, 2);
                  canvas.getContext('2d').fillRect(0, 0, 3, 2);
                  const png = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer());
                  return btoa(String.fromCharCode(...withTexts(png, { 'CxrOnnx-bundle': 'abc' })));
                })()
                """
            )
        ).GetString()!;
        byte[] bytes = Convert.FromBase64String(made);

        using NetVips.Image image = NetVips.Image.PngloadBuffer(bytes, failOn: NetVips.Enums.FailOn.Warning);

        Assert.Equal((3, 2), (image.Width, image.Height));
        Assert.Equal("abc", image.Get(image.GetFields().Single(field => field.EndsWith("CxrOnnx-bundle", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Page_KeyNeeded_AsksOnce()
    {
        string keys = Path.GetTempFileName();
        await File.WriteAllTextAsync(keys, "0123456789abcdef0123\n");
        await using TestService service = await TestService.StartAsync("Cxr:ApiKeyFile", keys, "Cxr:Samples", Samples);
        File.Delete(keys);
        await using ChromiumPage page = await ChromiumPage.OpenAsync(service.Address, 1280, 800);

        await page.UntilAsync("document.getElementById('key-dialog').open");
        await page.EvaluateAsync(
            "document.getElementById('key').value = '0123456789abcdef0123'; document.querySelector('#key-dialog button').click()"
        );

        await page.UntilAsync("document.querySelectorAll('#samples button').length > 3");
        Assert.False((await page.EvaluateAsync("document.getElementById('key-dialog').open")).GetBoolean());
    }
}
