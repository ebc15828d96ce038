using CxrOnnx.Core.Confidence;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Server.Tests.Browser;

/// <summary>What the page says about a phrase that the image does not support.</summary>
[Trait("Category", "browser")]
public sealed class ConfidencePageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cxr-confidence-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(RegionSupport.LowConfidence, "low confidence, 0.50", true)]
    [InlineData(RegionSupport.NoRegion, "no region, 0.50", false)]
    public async Task Page_PhraseNotSupported_SaysSoInWordsAndDrawsLess(RegionSupport region, string words, bool isShown)
    {
        await using TestService service = await TestService.StartAsync(
            "Cxr:Bundles:0",
            CalibratedBundle.Calibrate(VerifiedTinyBundle.Create(Path.Combine(_folder, "tiny")), region)
        );
        await using ChromiumPage page = await ChromiumPage.OpenAsync(service.Address, 1280, 800);
        string file = Path.Combine(_folder, "image.png");
        await File.WriteAllBytesAsync(file, Radiographs.Png(300, 340));
        await page.UntilAsync("document.getElementById('model').textContent.includes('reproduced')");
        await page.ChooseFileAsync("#file", file);
        await page.UntilAsync("document.getElementById('empty').hidden && document.getElementById('progress').hidden");

        await page.EvaluateAsync(
            "(() => { const e = document.getElementById('phrases'); e.value = 'left lower pneumonia'; e.dispatchEvent(new "
                + "Event('input')); document.getElementById('ground').click(); })()"
        );
        await page.UntilAsync("!document.getElementById('results').hidden && document.getElementById('progress').hidden");

        Assert.Contains(
            words,
            (await page.EvaluateAsync("document.querySelector('#layers .verdict').textContent")).GetString()!,
            StringComparison.Ordinal
        );
        Assert.Contains(
            words.Split(',')[0],
            (await page.EvaluateAsync("document.getElementById('verdicts').textContent")).GetString()!,
            StringComparison.Ordinal
        );
        Assert.Contains(
            words,
            (await page.EvaluateAsync("document.getElementById('status').textContent")).GetString()!,
            StringComparison.Ordinal
        );
        Assert.Equal(isShown, (await page.EvaluateAsync("document.querySelector('#layers input').checked")).GetBoolean());
        Assert.True((await page.EvaluateAsync("document.getElementById('uncalibrated').hidden")).GetBoolean());
        await PageTests.ShootAsync(page, $"confidence-{region}");
        Assert.Empty(page.Errors);
    }
}
