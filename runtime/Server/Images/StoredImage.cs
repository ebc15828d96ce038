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
    private readonly int? _frame;
    private readonly WeakReference<Radiograph> _decoded;

    public StoredImage(RadiographIntake intake, byte[] content, int? frame, Radiograph radiograph)
    {
        _intake = intake;
        _content = content;
        _frame = frame;
        _decoded = new WeakReference<Radiograph>(radiograph);
        Sha256 = Core.Artifacts.Sha256.OfBytes(content);
        Key = frame is { } chosen ? FormattableString.Invariant($"{Sha256}/{chosen}") : Sha256;
        Provenance = radiograph.Provenance;
        Description = GroundResultBuilder.Image(radiograph, null, Sha256) with { Frame = frame };
    }

    /// <summary>SHA-256 of the file.</summary>
    public string Sha256 { get; }

    /// <summary>Tells this picture from all others: the digest of the file and, of several frames, which.</summary>
    public string Key { get; }

    /// <summary>Bytes of the file.</summary>
    public long Size => _content.Length;

    /// <summary>Size, format and remarks.</summary>
    public ImageResult Description { get; }

    /// <summary>How the file was read.</summary>
    public RadiographProvenance Provenance { get; }

    /// <summary>The picture; decoded again where it is gone.</summary>
    public Radiograph Radiograph()
    {
        if (_decoded.TryGetTarget(out Radiograph? radiograph))
        {
            return radiograph;
        }

        radiograph = _intake.Read(_content, _frame);
        _decoded.SetTarget(radiograph);
        return radiograph;
    }
}
