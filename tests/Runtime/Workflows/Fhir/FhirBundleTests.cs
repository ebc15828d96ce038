using System.Text.Json;
using CxrOnnx.Runtime.Tests.Workflows.Results;
using CxrOnnx.Workflows.Fhir;
using CxrOnnx.Workflows.Results;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Workflows.Fhir;

/// <summary>The FHIR document of a result.</summary>
[Trait("Category", "quick")]
public sealed class FhirBundleTests
{
    private const string SopClass = "1.2.840.10008.5.1.4.1.1.1";

    [Fact]
    public void Write_AResult_HasAnObservationPerPhraseAndASelectionPerRegion()
    {
        using JsonDocument document = JsonDocument.Parse(FhirBundle.Write(SampleResult.Of(), SopClass));
        JsonElement[] entries = [.. document.RootElement.GetProperty("entry").EnumerateArray()];
        string[] types = [.. entries.Select(entry => entry.GetProperty("resource").GetProperty("resourceType").GetString()!)];
        Assert.Equal(["Observation", "ImagingSelection", "Observation"], types);

        JsonElement observation = entries[0].GetProperty("resource");
        Assert.Equal("preliminary", observation.GetProperty("status").GetString());
        Assert.Equal("uncertain in the report; low confidence, 0.41", observation.GetProperty("valueString").GetString());
        Assert.Equal(
            entries[1].GetProperty("fullUrl").GetString(),
            observation.GetProperty("derivedFrom")[0].GetProperty("reference").GetString()
        );

        JsonElement selection = entries[1].GetProperty("resource");
        Assert.Equal("1.2.3", selection.GetProperty("studyUid").GetString());
        JsonElement region = selection.GetProperty("instance")[0].GetProperty("imageRegion2D")[0];
        double[] corners = [.. region.GetProperty("coordinate").EnumerateArray().Select(value => value.GetDouble())];
        Assert.Equal([2, 29, 22, 29, 22, 39, 2, 39, 2, 29], corners);
        Assert.Equal("denied by the phrase", entries[2].GetProperty("resource").GetProperty("valueString").GetString());
    }

    [Fact]
    public void Write_Twice_GivesTheSameText() =>
        Assert.Equal(FhirBundle.Write(SampleResult.Of(), SopClass), FhirBundle.Write(SampleResult.Of(), SopClass));

    [Fact]
    public void Write_AResultWithoutIdentifiers_Throws()
    {
        GroundResult result = SampleResult.Of();
        GroundResult without = result with { Image = result.Image with { Dicom = result.Image.Dicom! with { StudyInstanceUid = null } } };

        Assert.Throws<ArgumentException>(() => FhirBundle.Write(without, SopClass));
    }
}
