using CxrOnnx.Core.Results;
using CxrOnnx.Imaging;

namespace CxrOnnx.Server.Images;

/// <summary>
/// An uploaded radiograph. The file is kept as it came; the decoded picture, ten times as large, only as long as the garbage collector leaves it alone.
/// </summary>
internal sealed class StoredImage
{
    private readonly RadiographIntake intake;
    private readonly byte[] content;
    private readonly WeakReference<Radiograph> decoded;

    public StoredImage(RadiographIntake intake, byte[] content, Radiograph radiograph)
    {
        this.intake = intake;
        this.content = content;
        decoded = new WeakReference<Radiograph>(radiograph);
        Sha256 = Core.Artifacts.Sha256.OfBytes(content);
        Description = ImageResults.Of(radiograph, null, Sha256);
    }

    /// <summary>SHA-256 of the file.</summary>
    public string Sha256 { get; }

    /// <summary>Bytes of the file.</summary>
    public long Size => content.Length;

    /// <summary>Size, format and remarks.</summary>
    public ImageResult Description { get; }

    /// <summary>The picture; decoded again where it is gone.</summary>
    public Radiograph Radiograph()
    {
        if (decoded.TryGetTarget(out Radiograph? radiograph))
            return radiograph;
        radiograph = intake.Read(content);
        decoded.SetTarget(radiograph);
        return radiograph;
    }
}
