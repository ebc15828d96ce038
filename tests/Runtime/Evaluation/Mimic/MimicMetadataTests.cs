using CxrOnnx.Core;
using CxrOnnx.Evaluation.Mimic;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation.Mimic;

[Trait("Category", "quick")]
public sealed class MimicMetadataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_PackedFileInAnyOrder_GivesPathsAndViews()
    {
        MimicMetadata metadata = MimicMetadata.Load(
            _folder.WritePacked(
                "metadata.csv",
                "\uFEFFviewposition,study_id,SUBJECT_ID,dicom_id,Rows\r\npa,50414267.0,10000032,\"abc.dcm\",1\r\nNaN,s2,p11000001,def,1\r\n"
                    + "pa,50414267,10000032,ABC,1\r\n"
            )
        );

        Assert.Equal(
            [new MimicImage("abc", "p10000032", "s50414267", "PA"), new MimicImage("def", "p11000001", "s2", "")],
            metadata.Images
        );
        Assert.Equal("files/p10/p10000032/s50414267/abc.jpg", metadata.Images.First().Path);
        Assert.True(metadata.TryFind("ABC", out _));
    }

    [Theory]
    [InlineData("a,b,c\n", "no column dicom_id, subject_id, study_id")]
    [InlineData("dicom_id,subject_id,study_id\n", "lists no image")]
    [InlineData(
        "dicom_id,subject_id,study_id\na,,5\n",
        "line 2: subject_id is '', the number of a patient was expected; mend it, or remove"
    )]
    [InlineData("dicom_id,subject_id,study_id\na,10000032,x\n", "line 2: study_id is 'x', the number of a study was expected")]
    [InlineData("dicom_id,subject_id,study_id\n,10000032,5\n", "line 2: dicom_id is empty; fill it in, or remove the row")]
    [InlineData(
        "dicom_id,subject_id,study_id\na,10000032,5\na,10000033,5\n",
        "line 3: image a has another patient, study or view here than in line 2"
    )]
    public void Load_WrongRow_IsRefusedWithItsLine(string text, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<InputException>(() => MimicMetadata.Load(_folder.Write("m.csv", text))).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Beside_FolderOrTheOneAbove_FindsTheFile()
    {
        Directory.CreateDirectory(_folder.File("files"));

        Assert.Null(MimicMetadata.Beside(_folder.File("files")));
        string path = _folder.Write("mimic-cxr-2.0.0-metadata.csv.gz", "");

        Assert.Equal(path, MimicMetadata.Beside(_folder.File("files")));
        Assert.Equal(path, MimicMetadata.Beside(_folder.Path + "/"));
        Assert.Null(MimicMetadata.Beside(_folder.Path, "split"));
    }

    [Theory]
    [InlineData("files/p10/p10000032/s50414267.txt", "s50414267", "p10000032")]
    [InlineData("files/p10/p10000032/s50414267/a.jpg", "s50414267", "p10000032")]
    [InlineData(@"P10000032\S50414267\a.jpg", "s50414267", "p10000032")]
    [InlineData("images/a.jpg", null, null)]
    public void OfPath_Folders_NameStudyAndPatient(string path, string? study, string? patient) =>
        Assert.Equal((study, patient), (StudyKey.OfPath(path), StudyKey.PatientOf(path)));

    [Theory]
    [InlineData("50414267", "s50414267")]
    [InlineData("files/s50414267.txt", "s50414267")]
    [InlineData("50414267.0", "s50414267")]
    [InlineData("report-7", "report-7")]
    public void Of_NumberOrName_IsTheStudy(string text, string expected) => Assert.Equal(expected, StudyKey.Of(text));
}
