namespace CxrOnnx.Imaging.Dicom;

/// <summary>The attributes that decide how the pixels look. Nothing else is kept while parsing, least of all who the patient is.</summary>
internal static class DicomTag
{
    public const uint MetaLength = 0x0002_0000;
    public const uint MetaVersion = 0x0002_0001;
    public const uint MediaStorageClass = 0x0002_0002;
    public const uint MediaStorageInstance = 0x0002_0003;
    public const uint TransferSyntax = 0x0002_0010;
    public const uint Modality = 0x0008_0060;
    public const uint BodyPartExamined = 0x0018_0015;
    public const uint ViewPosition = 0x0018_5101;
    public const uint PatientOrientation = 0x0020_0020;
    public const uint SamplesPerPixel = 0x0028_0002;
    public const uint PhotometricInterpretation = 0x0028_0004;
    public const uint PlanarConfiguration = 0x0028_0006;
    public const uint NumberOfFrames = 0x0028_0008;
    public const uint Rows = 0x0028_0010;
    public const uint Columns = 0x0028_0011;
    public const uint PixelAspectRatio = 0x0028_0034;
    public const uint BitsAllocated = 0x0028_0100;
    public const uint BitsStored = 0x0028_0101;
    public const uint HighBit = 0x0028_0102;
    public const uint PixelRepresentation = 0x0028_0103;
    public const uint PixelPaddingValue = 0x0028_0120;
    public const uint PixelPaddingRangeLimit = 0x0028_0121;
    public const uint WindowCenter = 0x0028_1050;
    public const uint WindowWidth = 0x0028_1051;
    public const uint RescaleIntercept = 0x0028_1052;
    public const uint RescaleSlope = 0x0028_1053;
    public const uint VoiLutFunction = 0x0028_1056;
    public const uint ModalityLutSequence = 0x0028_3000;
    public const uint LutDescriptor = 0x0028_3002;
    public const uint LutData = 0x0028_3006;
    public const uint VoiLutSequence = 0x0028_3010;
    public const uint PixelData = 0x7FE0_0010;

    public const uint SopClassUid = 0x0008_0016;
    public const uint CodeMeaning = 0x0008_0104;
    public const uint ViewCodeSequence = 0x0054_0220;
    public const uint SopInstanceUid = 0x0008_0018;
    public const uint PresentationIntentType = 0x0008_0068;
    public const uint ImagerPixelSpacing = 0x0018_1164;
    public const uint StudyInstanceUid = 0x0020_000D;
    public const uint SeriesInstanceUid = 0x0020_000E;
    public const uint PixelSpacing = 0x0028_0030;
    public const uint BurnedInAnnotation = 0x0028_0301;
    public const uint PixelIntensityRelationshipSign = 0x0028_1041;
    public const uint PresentationLutShape = 0x2050_0020;

    /// <summary>Presentation LUT Sequence, the table itself where PresentationLUTShape does not suffice.</summary>
    public const uint PresentationLutSequence = 0x2050_0010;

    /// <summary>Series Description.</summary>
    public const uint SeriesDescription = 0x0008_103E;

    /// <summary>Protocol Name.</summary>
    public const uint ProtocolName = 0x0018_1030;

    /// <summary>Acquisition Device Processing Description.</summary>
    public const uint ProcessingDescription = 0x0018_1400;

    /// <summary>Image Orientation (Patient): direction cosines of rows and columns.</summary>
    public const uint ImageOrientationPatient = 0x0020_0037;

    /// <summary>Group of the marks around items and sequences.</summary>
    public const uint DelimiterGroup = 0xFFFE;
    public const uint Item = 0xFFFE_E000;
    public const uint ItemDelimiter = 0xFFFE_E00D;
    public const uint SequenceDelimiter = 0xFFFE_E0DD;

    private static readonly HashSet<uint> Kept =
    [
        TransferSyntax,
        Modality,
        BodyPartExamined,
        ViewPosition,
        PatientOrientation,
        SamplesPerPixel,
        PhotometricInterpretation,
        PlanarConfiguration,
        NumberOfFrames,
        Rows,
        Columns,
        PixelAspectRatio,
        BitsAllocated,
        BitsStored,
        HighBit,
        PixelRepresentation,
        PixelPaddingValue,
        PixelPaddingRangeLimit,
        WindowCenter,
        WindowWidth,
        RescaleIntercept,
        RescaleSlope,
        VoiLutFunction,
        LutDescriptor,
        LutData,
        PixelData,
        SopClassUid,
        SopInstanceUid,
        StudyInstanceUid,
        SeriesInstanceUid,
        PresentationIntentType,
        CodeMeaning,
        ImagerPixelSpacing,
        PixelSpacing,
        BurnedInAnnotation,
        PixelIntensityRelationshipSign,
        PresentationLutShape,
        SeriesDescription,
        ProtocolName,
        ProcessingDescription,
        ImageOrientationPatient,
    ];

    /// <summary>Whether a value is worth keeping.</summary>
    public static bool IsKept(uint tag) => Kept.Contains(tag);

    /// <summary>Whether it is a sequence whose items are worth keeping.</summary>
    public static bool IsKeptSequence(uint tag) =>
        tag is ModalityLutSequence or VoiLutSequence or ViewCodeSequence or PresentationLutSequence;

    /// <summary>The tag as the standard writes it.</summary>
    public static string Text(uint tag) => $"({tag >> 16:X4},{tag & 0xFFFF:X4})";
}
