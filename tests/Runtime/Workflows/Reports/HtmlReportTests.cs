using CxrOnnx.Runtime.Tests.Workflows.Results;
using CxrOnnx.Workflows.Reports;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Workflows.Reports;

/// <summary>The page of a result: complete, escaped, alone.</summary>
[Trait("Category", "quick")]
public sealed class HtmlReportTests
{
    [Fact]
    public void Write_TextsWithMarkup_AreEscaped()
    {
        string page = HtmlReport.Write(
            SampleResult.Of("<script>alert(1)</script>", "a \"quote\" & <img src=x>"),
            [
                [1, 2, 3],
                null,
            ]
        );

        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img src=x", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>pneumothorax", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_AResult_NeedsNothingFromOutside()
    {
        string page = HtmlReport.Write(
            SampleResult.Of(),
            [
                [1, 2, 3],
                null,
            ]
        );

        Assert.DoesNotContain("http:", page, StringComparison.Ordinal);
        Assert.DoesNotContain("https:", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<link", page, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
        Assert.Contains("src=\"data:image/png;base64,AQID\"", page, StringComparison.Ordinal);
        Assert.Equal(1, page.Split("<img").Length - 1);
    }

    [Fact]
    public void Write_AResult_SaysWhatIsUncertainDeniedAndHowLarge()
    {
        string page = HtmlReport.Write(SampleResult.Of(), [null, null]);

        Assert.Contains("not for diagnostic use", page, StringComparison.Ordinal);
        Assert.Contains("uncertain in the report", page, StringComparison.Ordinal);
        Assert.Contains("low confidence, 0.41", page, StringComparison.Ordinal);
        Assert.Contains("denied by the phrase", page, StringComparison.Ordinal);
        Assert.Contains("pneumothorax: absent", page, StringComparison.Ordinal);
        Assert.Contains("10 × 20 px = 5 × 4 mm", page, StringComparison.Ordinal);
        Assert.Contains("does not say whether it was calibrated", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_AResultWithIdentifiers_NamesNone() =>
        Assert.DoesNotContain("1.2.3.4", HtmlReport.Write(SampleResult.Of(), [null, null]), StringComparison.Ordinal);
}
