namespace CxrOnnx.Imaging.Radiographs;

/// <summary>File formats that can hold a radiograph.</summary>
public enum RadiographFormat
{
    /// <summary>Portable Network Graphics.</summary>
    Png,

    /// <summary>JPEG.</summary>
    Jpeg,

    /// <summary>TIFF and BigTIFF.</summary>
    Tiff,

    /// <summary>DICOM part 10 file, or a bare data set in little endian.</summary>
    Dicom,
}
