using CxrOnnx.Phantom;
using CxrOnnx.Trainer.Settings;

namespace CxrOnnx.Trainer.Data;

/// <summary>The reports of synthetic images, by index, without drawing the images.</summary>
/// <param name="settings">The generator that drew the images.</param>
public sealed class ReportTexts(PhantomSettings settings)
{
    private readonly PhantomGenerator _generator = new(settings);

    /// <summary>The reports of training data; what they say does not depend on the size of the images.</summary>
    /// <param name="settings">Settings of the data.</param>
    public static ReportTexts Of(DataSettings settings) => new(settings.Phantom(128));

    /// <summary>The sections of the report at an index; may be called from any number of threads.</summary>
    /// <param name="index">Index of the image.</param>
    public ReportSections At(long index) => ReportSections.Of(_generator.Write(index).Report);
}
