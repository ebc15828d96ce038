using CxrOnnx.Core;
using CxrOnnx.Imaging.Dicom;
using CxrOnnx.Imaging.Radiographs;

namespace CxrOnnx.Imaging.DicomObjects;

/// <summary>
/// What objects that belong to a DICOM radiograph take over from it: patient, study, and how its gray values are meant. (A class, not a
/// record: printing it shows nothing. Nothing of it may get into a log.)
/// </summary>
public sealed class DicomSource
{
    private const uint CharacterSet = 0x0008_0005;

    /// <summary>Patient and study (PS3.3 C.7.1.1, C.7.2.1, C.7.2.2). The last value: whether it is written although it is empty.</summary>
    private static readonly (uint Tag, string Representation, bool Always)[] Carried =
    [
        (0x0008_0020, "DA", true),
        (0x0008_0030, "TM", true),
        (0x0008_0050, "SH", true),
        (0x0008_0090, "PN", true),
        (0x0008_0201, "SH", false),
        (0x0008_1030, "LO", false),
        (0x0010_0010, "PN", true),
        (0x0010_0020, "LO", true),
        (0x0010_0021, "LO", false),
        (0x0010_0030, "DA", true),
        (0x0010_0040, "CS", true),
        (0x0010_1010, "AS", false),
        (0x0010_1020, "DS", false),
        (0x0010_1030, "DS", false),
        (0x0012_0062, "CS", false),
        (0x0012_0063, "LO", false),
        (0x0020_0010, "SH", true),
    ];

    /// <summary>What else of the file decides how the objects are written.</summary>
    private static readonly uint[] Also =
    [
        CharacterSet,
        Laterality,
        LossyCompression,
        LossyRatio,
        LossyMethod,
        RescaleType,
        LutExplanation,
        LutType,
    ];

    internal const uint Laterality = 0x0020_0060;
    internal const uint LossyCompression = 0x0028_2110;
    internal const uint LossyRatio = 0x0028_2112;
    internal const uint LossyMethod = 0x0028_2114;
    internal const uint RescaleType = 0x0028_1054;
    internal const uint LutExplanation = 0x0028_3003;
    internal const uint LutType = 0x0028_3004;

    private static readonly HashSet<uint> Kept = [.. Carried.Select(one => one.Tag), .. Also];

    private DicomSource(DicomDataset dataset, string study, string series, string sopClass, string sopInstance)
    {
        Dataset = dataset;
        StudyInstanceUid = study;
        SeriesInstanceUid = series;
        SopClassUid = sopClass;
        SopInstanceUid = sopInstance;
        Charset = DicomCharset.Of(string.Join('\\', dataset.Texts(CharacterSet)), Carried.Select(one => dataset.Bytes(one.Tag)));
    }

    /// <summary>Study Instance UID.</summary>
    public string StudyInstanceUid { get; }

    /// <summary>Series Instance UID.</summary>
    public string SeriesInstanceUid { get; }

    /// <summary>SOP Class UID.</summary>
    public string SopClassUid { get; }

    /// <summary>SOP Instance UID.</summary>
    public string SopInstanceUid { get; }

    /// <summary>Whether the picture is in colour, so that nothing for gray pictures applies to it.</summary>
    public bool IsColour => Dataset.UInt16(DicomTag.SamplesPerPixel) == 3;

    /// <summary>SpecificCharacterSet of the objects.</summary>
    internal string Charset { get; }

    /// <summary>The kept attributes.</summary>
    internal DicomDataset Dataset { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <exception cref="InputException">
    /// It is no DICOM file, so that there is no study an object could belong to, is big endian or damaged, or says of itself not which one
    /// it is.
    /// </exception>
    public static DicomSource Read(string path, RadiographReaderOptions? options = null)
    {
        options ??= new RadiographReaderOptions();
        string name = Path.GetFileName(path);
        byte[] content;
        try
        {
            if (new FileInfo(path) is { Exists: true } file && file.Length > options.MaxFileBytes)
            {
                throw new InputException($"{name}: {file.Length:N0} bytes, the limit is {options.MaxFileBytes:N0}; give a single image");
            }

            content = File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read: {exception.Message}", exception);
        }

        if (FileSignature.Detect(content) is not RadiographFormat.Dicom)
        {
            throw new InputException(
                $"{name}: is no DICOM file, so there is no study that DICOM objects could belong to; leave `dicom` away, or give the "
                    + "radiograph as DICOM"
            );
        }

        DicomDataset? dataset;
        try
        {
            dataset = DicomParser.Parse(content, name, options.MaxFileBytes, Kept).Dataset;
        }
        catch (DicomFormException exception)
        {
            throw new InputException(
                $"{name}: not written by the rules of DICOM ({exception.Message}), so objects cannot take over patient and study; leave "
                    + "`dicom` away, or save it again as explicit little endian",
                exception
            );
        }

        return dataset is null
            ? throw new InputException(
                $"{name}: big endian, of which patient and study are not read; leave `dicom` away, or save it again as explicit little "
                    + "endian"
            )
            : new DicomSource(
                dataset,
                Uid(dataset, DicomTag.StudyInstanceUid, "StudyInstanceUID", name),
                Uid(dataset, DicomTag.SeriesInstanceUid, "SeriesInstanceUID", name),
                Uid(dataset, DicomTag.SopClassUid, "SOPClassUID", name),
                Uid(dataset, DicomTag.SopInstanceUid, "SOPInstanceUID", name)
            );
    }

    /// <summary>Writes patient and study as the file has them, byte by byte.</summary>
    internal void WritePatientAndStudy(DataSetWriter target)
    {
        if (Charset.Length > 0)
        {
            target.Raw(CharacterSet, "CS", System.Text.Encoding.ASCII.GetBytes(Charset));
        }

        foreach ((uint tag, string representation, bool always) in Carried)
        {
            if (always || Dataset.Has(tag))
            {
                target.Raw(tag, representation, Dataset.Bytes(tag).Span);
            }
        }

        target.Uid(DicomTag.StudyInstanceUid, StudyInstanceUid);
    }

    /// <summary>Whether the file's picture went through a lossy compression.</summary>
    internal bool IsLossy => Dataset.Code(LossyCompression) == "01";

    private static string Uid(DicomDataset dataset, uint tag, string keyword, string name) =>
        dataset.Texts(tag).FirstOrDefault("") is { } text && TransferSyntaxes.IsIdentifier(text)
            ? text
            : throw new InputException(
                $"{name}: {keyword} {DicomTag.Text(tag)} is missing or no identifier, so objects cannot refer to the image; leave `dicom` "
                    + "away, or take the file from where it was made"
            );
}
