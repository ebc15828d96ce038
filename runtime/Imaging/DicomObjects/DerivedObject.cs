using System.Globalization;
using System.Security.Cryptography;
using CxrOnnx.Imaging.Dicom;

namespace CxrOnnx.Imaging.DicomObjects;

/// <summary>What all objects have in common: patient, study, series, equipment, dates, identifiers, and the references to the image.</summary>
/// <param name="findings">The result.</param>
/// <param name="kind">What is written.</param>
/// <param name="sopClass">Its SOP class.</param>
/// <param name="modality">Its modality.</param>
internal sealed class DerivedObject(DicomFindings findings, DicomObjectKind kind, string sopClass, string modality)
{
    private const string Manufacturer = "CxrOnnx";

    /// <summary>Our series come behind those of a modality.</summary>
    private const int FirstSeriesNumber = 9000;

    /// <summary>The attributes that hold <see cref="DicomFindings.Created"/>.</summary>
    private static readonly HashSet<uint> WhenMade = [0x0008_0012, 0x0008_0013, 0x0008_0023, 0x0008_0033, 0x0070_0082, 0x0070_0083];

    /// <summary>The data set as far as it is the same for all objects of the kind.</summary>
    /// <param name="number">Instance number, from 1.</param>
    public DataSetWriter Begin(int number)
    {
        DataSetWriter set = new(findings.Source.Charset);
        findings.Source.WritePatientAndStudy(set);
        set.Uid(0x0008_0016, sopClass)
            .Text(0x0008_0060, "CS", modality)
            .Text(0x0008_0070, "LO", Manufacturer)
            .Text(0x0008_1090, "LO", findings.Model.Length > 0 ? findings.Model : "unnamed model")
            .Text(0x0018_1000, "LO", findings.BundleId)
            .Text(0x0018_1020, "LO", findings.SoftwareVersion)
            .Text(0x0008_103E, "LO", $"CxrOnnx {kind.Name().ToUpperInvariant()}, {DicomFindings.Disclaimer}")
            .Text(0x0020_0011, "IS", Number(FirstSeriesNumber + 1 + (int)kind))
            .Text(0x0020_0013, "IS", Number(number));
        Dates(set, 0x0008_0012, 0x0008_0013);
        return set;
    }

    /// <summary>Part and, where the part may be a paired one, side: as the source says, empty where it does not.</summary>
    /// <param name="set">The data set.</param>
    /// <param name="side">Whether the kind of object has a side of the whole series.</param>
    public void BodyPart(DataSetWriter set, bool side = true)
    {
        DicomDataset source = findings.Source.Dataset;
        if (source.Has(DicomTag.BodyPartExamined))
        {
            set.Raw(DicomTag.BodyPartExamined, "CS", source.Bytes(DicomTag.BodyPartExamined).Span);
        }

        if (side && source.Code(DicomTag.BodyPartExamined) != "CHEST")
        {
            set.Raw(DicomSource.Laterality, "CS", source.Bytes(DicomSource.Laterality).Span);
        }
    }

    /// <summary>The time at which the object is made, as date and time of the attributes.</summary>
    public void Dates(DataSetWriter set, uint date, uint time) =>
        set.Text(date, "DA", findings.Created.ToString("yyyyMMdd", CultureInfo.InvariantCulture))
            .Text(time, "TM", findings.Created.ToString("HHmmss", CultureInfo.InvariantCulture));

    /// <summary>
    /// Gives the object its identifiers and wraps it up. The instance's one is made of the source image, the model, the settings and every
    /// byte of the object but its dates: the same object made later has the same identifier.
    /// </summary>
    /// <param name="set">The object of <see cref="Begin"/>, complete.</param>
    /// <param name="finding">The finding it shows, or null.</param>
    public DicomObjectFile Finish(DataSetWriter set, int? finding = null)
    {
        string digest = Convert.ToHexStringLower(SHA256.HashData(set.ToBytes(without: WhenMade)));
        string[] made = [kind.Name(), findings.BundleId, findings.Settings, findings.SoftwareVersion];
        string series = DicomUid.Of(["series", findings.Source.SeriesInstanceUid, .. made]);
        string instance = DicomUid.Of(["instance", findings.Source.SopInstanceUid, .. made, digest]);
        set.Uid(DicomTag.SeriesInstanceUid, series).Uid(DicomTag.SopInstanceUid, instance);
        return new DicomObjectFile
        {
            Kind = kind,
            Finding = finding,
            SopClassUid = sopClass,
            SopInstanceUid = instance,
            Content = DicomPart10.Wrap(sopClass, instance, set.ToBytes()),
        };
    }

    /// <summary>The item that names the source image.</summary>
    public DataSetWriter ImageReference(DataSetWriter parent, DicomCode? purpose = null)
    {
        DataSetWriter item = parent.Item().Uid(0x0008_1150, findings.Source.SopClassUid).Uid(0x0008_1155, findings.Source.SopInstanceUid);
        if (findings.Frame is { } frame)
        {
            item.Text(0x0008_1160, "IS", Number(frame));
        }

        return purpose is { } code ? item.Code(0x0040_A170, code) : item;
    }

    /// <summary>The item that names the source image by its series.</summary>
    /// <param name="parent">The data set.</param>
    /// <param name="images">Tag of the inner sequence.</param>
    public DataSetWriter SeriesReference(DataSetWriter parent, uint images) =>
        parent.Item().Uid(DicomTag.SeriesInstanceUid, findings.Source.SeriesInstanceUid).Sequence(images, ImageReference(parent));

    /// <summary>That the object came from the source image, and how.</summary>
    public void Derivation(DataSetWriter set, DicomCode purpose) =>
        set.Text(0x0008_2111, "ST", HowItWasMade(findings)).Sequence(0x0008_2112, ImageReference(set, purpose));

    /// <summary>The algorithm in one sentence.</summary>
    public static string HowItWasMade(DicomFindings findings) =>
        $"{DicomFindings.Disclaimer}. Derived by cross-attention of a latent diffusion model: {findings.SoftwareVersion}, model "
        + $"{findings.Model} {findings.BundleId}, {findings.Settings}, threshold {findings.Threshold.ToString(CultureInfo.InvariantCulture)}"
        + ". A map or box says where the words of the phrase point, not that the finding is there, and is not its outline.";

    /// <summary>The algorithm as a sequence's item (Algorithm Identification Macro, PS3.3 10.16).</summary>
    public static DataSetWriter Algorithm(DataSetWriter parent, DicomFindings findings) =>
        parent
            .Item()
            .Code(0x0066_002F, new DicomCode("123110", "DCM", "Artificial Intelligence"))
            .Text(0x0066_0036, "LO", $"CxrOnnx phrase grounding, {findings.Model} {findings.BundleId}")
            .Text(0x0066_0031, "LO", findings.SoftwareVersion)
            .Text(0x0066_0032, "LT", HowItWasMade(findings));

    /// <summary>Copies what the source says of lossy compression.</summary>
    public void Lossy(DataSetWriter set, bool always)
    {
        DicomDataset source = findings.Source.Dataset;
        if (findings.Source.IsLossy)
        {
            set.Text(DicomSource.LossyCompression, "CS", "01");
            if (source.Has(DicomSource.LossyRatio))
            {
                set.Raw(DicomSource.LossyRatio, "DS", source.Bytes(DicomSource.LossyRatio).Span);
            }

            if (source.Has(DicomSource.LossyMethod))
            {
                set.Raw(DicomSource.LossyMethod, "CS", source.Bytes(DicomSource.LossyMethod).Span);
            }
        }
        else if (always)
        {
            set.Text(DicomSource.LossyCompression, "CS", "00");
        }
    }

    /// <summary>
    /// Spacing of the stored pixels as (row, column) in decimal strings: the calibrated one, else that at the detector; null where both are
    /// unknown.
    /// </summary>
    public static string? SpacingText(DicomFindings findings) =>
        (findings.Provenance.PixelSpacing ?? findings.Provenance.ImagerPixelSpacing) is { } spacing
            ? $"{Decimal(spacing.Row)}\\{Decimal(spacing.Column)}"
            : null;

    /// <summary>An integer string.</summary>
    public static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A decimal string, which has 16 characters at most.</summary>
    public static string Decimal(double value) => value.ToString("G9", CultureInfo.InvariantCulture);
}
