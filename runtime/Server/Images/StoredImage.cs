using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Workflows.Results;

namespace CxrOnnx.Server.Images;

/// <summary>
/// An uploaded radiograph. The file is kept as it came; the decoded picture, ten times as large, only as long as the garbage collector
/// leaves it alone.
/// </summary>
internal sealed class StoredImage
{
    private readonly RadiographIntake _intake;
    private readonly byte[] _content;
    private readonly WeakReference<Radiograph> _decoded;

    public StoredImage(RadiographIntake intake, byte[] content, Radiograph radiograph)
    {
        _intake = intake;
        _content = content;
        _decoded = new WeakReference<Radiograph>(radiograph);
        Sha256 = Core.Artifacts.Sha256.OfBytes(content);
        Description = GroundResultBuilder.Image(radiograph, null, Sha256);
    }

    /// <summary>SHA-256 of the file.</summary>
    public string Sha256 { get; }

    /// <summary>Bytes of the file.</summary>
    public long Size => _content.Length;

    /// <summary>Size, format and remarks.</summary>
    public ImageResult Description { get; }

    /// <summary>The picture; decoded again where it is gone.</summary>
    public Radiograph Radiograph()
    {
        if (_decoded.TryGetTarget(out Radiograph? radiograph))
        {
            return radiograph;
        }

        radiograph = _intake.Read(_content);
        _decoded.SetTarget(radiograph);
        return radiograph;
    }
}
