using System.Text;
using System.Text.Json;
using CxrOnnx.Core;
using CxrOnnx.Workflows.DicomWeb;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Workflows.DicomWeb;

/// <summary>Bodies, reports and addresses of DICOMweb, without an archive.</summary>
[Trait("Category", "quick")]
public sealed class DicomWebPartsTests
{
    private static readonly byte[] Content = [1, 2, 13, 10, 45, 45, 3];

    [Fact]
    public void FirstPart_OfWhatJoinWrote_IsTheFirstFile()
    {
        byte[] body = MultipartRelated.Join([Content, [9]], "abc");

        Assert.Equal(Content, MultipartRelated.FirstPart(body, "abc"));
    }

    [Fact]
    public void FirstPart_OfACutOrOtherBody_IsNull()
    {
        byte[] body = MultipartRelated.Join([Content], "abc");

        Assert.Null(MultipartRelated.FirstPart(body.AsSpan(0, body.Length - 12), "abc"));
        Assert.Null(MultipartRelated.FirstPart(body, "other"));
        Assert.Null(MultipartRelated.FirstPart("--abc\r\n"u8, "abc"));
    }

    [Fact]
    public void Of_BasicTextReport_GivesItsTextsUnderTheirHeadings()
    {
        const string report = """
            {"00080070":{"vr":"LO","Value":["RIS"]},
             "0040A730":{"vr":"SQ","Value":[
              {"0040A040":{"vr":"CS","Value":["CONTAINER"]},
               "0040A043":{"vr":"SQ","Value":[{"00080104":{"vr":"LO","Value":["Findings"]}}]},
               "0040A730":{"vr":"SQ","Value":[
                 {"0040A040":{"vr":"CS","Value":["TEXT"]},
                  "0040A043":{"vr":"SQ","Value":[{"00080104":{"vr":"LO","Value":["Finding"]}}]},
                  "0040A160":{"vr":"UT","Value":["Left lower pneumonia."]}}]}},
              {"0040A040":{"vr":"CS","Value":["TEXT"]},
               "0040A043":{"vr":"SQ","Value":[{"00080104":{"vr":"LO","Value":["Impression"]}}]},
               "0040A160":{"vr":"UT","Value":["Pneumonia."]}}]}}
            """;

        Assert.Equal("FINDINGS: Left lower pneumonia.\n\nIMPRESSION: Pneumonia.", ReportText.Of(JsonDocument.Parse(report).RootElement));
        string ours = report.Replace("RIS", "CxrOnnx", StringComparison.Ordinal);
        Assert.Null(ReportText.Of(JsonDocument.Parse(ours).RootElement));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"0040A730\":{\"vr\":\"SQ\"}}")]
    [InlineData("{\"0040A730\":{\"vr\":\"SQ\",\"Value\":[null,3]}}")]
    public void Of_DataSetWithoutText_IsNull(string dataSet) => Assert.Null(ReportText.Of(JsonDocument.Parse(dataSet).RootElement));

    [Theory]
    [InlineData("archive")]
    [InlineData("file:///etc/passwd")]
    public void Client_OfNoWebAddress_IsRefused(string root) =>
        Assert.Contains(
            "no http or https address",
            Assert.Throws<InputException>(() => new DicomWebClient(root, null, TimeSpan.FromSeconds(1))).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Boundary_OfOtherFiles_IsAnotherOne()
    {
        Assert.NotEqual(MultipartRelated.Boundary([Content]), MultipartRelated.Boundary([Encoding.ASCII.GetBytes("x")]));
        Assert.Equal(MultipartRelated.Boundary([Content]), MultipartRelated.Boundary([Content]));
    }
}
