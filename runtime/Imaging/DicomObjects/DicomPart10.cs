using System.Text;

namespace CxrOnnx.Imaging.DicomObjects;

/// <summary>Puts preamble and file meta information before a data set (PS3.10 chapter 7).</summary>
internal static class DicomPart10
{
    private const int PreambleLength = 128;
    private const string ExplicitLittleEndian = "1.2.840.10008.1.2.1";

    /// <summary>Who wrote the file, by a UUID that was drawn once.</summary>
    private const string Implementation = "2.25.149035462790318450263974158271036591823";

    /// <summary>The file.</summary>
    public static byte[] Wrap(string sopClass, string sopInstance, byte[] dataSet)
    {
        byte[] meta = new DataSetWriter("")
            .Raw(0x0002_0001, "OB", [0, 1])
            .Uid(0x0002_0002, sopClass)
            .Uid(0x0002_0003, sopInstance)
            .Uid(0x0002_0010, ExplicitLittleEndian)
            .Uid(0x0002_0012, Implementation)
            .Text(0x0002_0013, "SH", "CXRONNX")
            .ToBytes();
        byte[] length = new DataSetWriter("").Int32(0x0002_0000, "UL", meta.Length).ToBytes();
        return [.. new byte[PreambleLength], .. Encoding.ASCII.GetBytes("DICM"), .. length, .. meta, .. dataSet];
    }
}
