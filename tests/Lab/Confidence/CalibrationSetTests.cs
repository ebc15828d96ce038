using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Lab.Confidence;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Lab.Tests.Confidence;

[Trait("Category", "quick")]
public sealed class CalibrationSetTests
{
    private static string Samples => Path.Combine(Fixtures.Repository, "models", "samples");

    private static CalibrationSet Set(ulong seed = 1) =>
        new(new DatasetSource("phantom", Path.Combine(Samples, "annotations.csv")), Samples, LocationAtlas.Default, seed);

    private static IReadOnlyList<(StandardPrompt Prompt, PhraseTruth Truth)> Phrases(CalibrationSet set, string id) =>
        set.PhrasesOf(id, new ImageSize(768, 900));

    [Fact]
    public void PhrasesOf_Samples_AreTheFindingsAndPhrasesThatTheImageDoesNotSupport()
    {
        CalibrationSet set = Set();
        Assert.Contains("normal", set.ImageIds);
        foreach (string id in set.ImageIds)
        {
            IReadOnlyList<(StandardPrompt Prompt, PhraseTruth Truth)> phrases = Phrases(set, id);

            Assert.Equal(phrases.Count, phrases.Select(item => item.Prompt.Text).Distinct().Count());
            Assert.DoesNotContain(phrases, item => item.Truth == PhraseTruth.Unclear);
            Assert.Equal(id == "normal", phrases.All(item => item.Truth == PhraseTruth.Absent));
        }

        Assert.Equal(
            ["right consolidation", "left lower pneumonia", "cardiomegaly"],
            Phrases(set, "consolidation-and-pneumonia").Where(item => item.Truth == PhraseTruth.Supported).Select(item => item.Prompt.Text)
        );
        Assert.Contains(
            (PhraseTruth.OtherSide, "right lower pneumonia"),
            Phrases(set, "left-lower-pneumonia").Select(item => (item.Truth, item.Prompt.Text))
        );
    }

    [Fact]
    public void OpposedSides_Samples_AreTheFindingsOfOneSideAlone()
    {
        IEnumerable<(string, string)> Sides(string id) =>
            Set().OpposedSides(id, new ImageSize(768, 900)).Select(pair => (pair.Own.Text, pair.Other.Text));

        Assert.Equal([("left lower pneumonia", "right lower pneumonia")], Sides("left-lower-pneumonia"));

        // Atelectasis lies in the right lower lobe and so may opacity: the opacity's opposite, one place higher, is clear of it, that of
        // the atelectasis is not.
        Assert.Equal(
            [("left base pleural effusion", "right base pleural effusion"), ("left middle opacity", "right middle opacity")],
            Sides("atelectasis-effusion-opacity")
        );

        // A consolidation on the right and a pneumonia on the left: either may be the other.
        Assert.Empty(Sides("consolidation-and-pneumonia"));
        Assert.Empty(Sides("normal"));
    }

    [Fact]
    public void PhrasesOf_Seed_DecidesTheUnsupportedOnes()
    {
        IEnumerable<string> Asked(ulong seed) =>
            Set(seed).ImageIds.SelectMany(id => Phrases(Set(seed), id)).Select(item => item.Prompt.Text);

        Assert.Equal(Asked(1), Asked(1));
        Assert.NotEqual(Asked(1), Asked(2));
    }

    [Fact]
    public void PhrasesOf_VinDr_KnowsTheNamedImagesOnly()
    {
        using TemporaryFolder folder = new();
        DatasetSource source = new(
            "vindr-cxr",
            folder.Write(
                "annotations.csv",
                "image_id,rad_id,class_name,x_min,y_min,x_max,y_max\nleft-lower-pneumonia,R1,ILD,521,523,675,723\n"
                    + "left-lower-pneumonia,R2,ILD,521,523,676,723\nnormal,R1,No finding,,,,\n"
            )
        )
        {
            ImageLabels = folder.Write("labels.csv", "image_id,Pneumonia\nleft-lower-pneumonia,1\nnormal,0\n"),
        };

        CalibrationSet set = new(source, Samples, LocationAtlas.Default, 1);

        Assert.Equal(["left-lower-pneumonia", "normal"], set.ImageIds);
        Assert.Contains(
            Phrases(set, "left-lower-pneumonia"),
            item => item.Truth == PhraseTruth.Supported && item.Prompt.Text == "left lower pneumonia"
        );
        Assert.All(Phrases(set, "normal"), item => Assert.Equal(PhraseTruth.Absent, item.Truth));
    }

    [Theory]
    [InlineData("ms-cxr", null, "--dataset ms-cxr: calibration wants exhaustive annotations, those of phantom or vindr-cxr")]
    [InlineData("vindr-cxr", null, "--dataset vindr-cxr wants --image-labels FILE")]
    [InlineData("vindr-cxr", "labels.csv", null)]
    public void Checked_DataSet_MustBeExhaustive(string dataset, string? labels, string? expected)
    {
        CalibrationRequest request = new()
        {
            Bundle = "",
            Sets = [],
            Dataset = dataset,
            ImageLabels = labels,
        };

        string? message = null;
        try
        {
            request.Checked();
        }
        catch (Core.InputException exception)
        {
            message = exception.Message;
        }

        Assert.Equal(expected is null, message is null);
        Assert.StartsWith(expected ?? "", message ?? "", StringComparison.Ordinal);
    }
}
