using CxrOnnx.Core;
using CxrOnnx.Evaluation.Classification;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation.Classification;

[Trait("Category", "quick")]
public sealed class NegativeImagesTests : IDisposable
{
    private const string Labels =
        "subject_id,study_id,Atelectasis,No Finding,Pneumothorax\n"
        + "10000001,51,,,0.0\n10000002,52,,1.0,\n10000003,53,,,\n10000004,54,,1.0,-1.0\n10000005,55,1.0,,1.0\n10000006,56,1,,0\n";

    private const string Metadata =
        "dicom_id,subject_id,study_id,ViewPosition\n"
        + "a,10000001,51,PA\na2,10000001,51,LATERAL\nb,10000002,52,AP\nc,10000003,53,AP\n"
        + "d,10000004,54,AP\ne,10000005,55,AP\nf,10000006,56,\n"
        + "absent,10000006,56,PA\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_LabelsByStudy_TakesFrontalImagesOfStudiesThatAreFreeOfTheClass()
    {
        ImageFolder images = Images();
        string labels = _folder.WritePacked("chexpert.csv", Labels);

        (IReadOnlyList<string> ids, IReadOnlyList<string> notes) = NegativeImages.Load(
            labels,
            "pneumothorax",
            images,
            _folder.WritePacked("m.csv", Metadata)
        );

        Assert.Equal(["a", "b"], ids);
        Assert.Contains(
            "chexpert.csv: 3 of 6 studies are negative (the class is 0, or No Finding is 1 and the class has no label); of "
                + "their 5 images 3 are "
                + "frontal, and 2 of these are here and used.",
            notes
        );
    }

    [Fact]
    public void Load_MetadataBesideTheImages_IsFound()
    {
        ImageFolder images = Images();
        _folder.Write("images/mimic-cxr-2.0.0-metadata.csv", Metadata);

        Assert.Equal(["a", "b"], NegativeImages.Load(_folder.Write("l.csv", Labels), "Pneumothorax", images, null).Ids);
    }

    [Fact]
    public void Load_ListOfImages_IsTakenAsItIs() =>
        Assert.Equal(["a", "x"], NegativeImages.Load(_folder.Write("l.csv", "dicom_id\na.jpg\nx\na\n"), "any", Images(), null).Ids);

    [Theory]
    [InlineData("study_id,Pneumothorax\n51,7\n", "line 2: pneumothorax is '7', 1, 0, -1 or nothing was expected; mend it")]
    [InlineData("study_id,Edema\n51,0\n", "no column pneumothorax; it has study_id, Edema")]
    [InlineData("study_id,Pneumothorax\n51,0\n51,1\n", "line 3: study s51 has other labels here than in line 2")]
    [InlineData("study_id,Pneumothorax\n51,0\n", "give it with `metadata`")]
    [InlineData("patient\n1\n", "no column image_id, dicom_id or study_id")]
    [InlineData("dicom_id,x\n,1\n", "line 2: dicom_id is empty")]
    public void Load_WrongFile_IsRefused(string text, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<InputException>(() => NegativeImages.Load(_folder.Write("l.csv", text), "pneumothorax", Images(), null)).Message,
            StringComparison.Ordinal
        );

    private ImageFolder Images()
    {
        foreach (string id in (string[])["a", "a2", "b", "c", "d", "e", "f"])
        {
            _folder.Write($"images/{id}.png", "");
        }

        return new ImageFolder(_folder.File("images"));
    }
}
