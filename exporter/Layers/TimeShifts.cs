using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Layers;

/// <summary>What the time step adds to the channels of each residual block of the U-Net.</summary>
internal abstract class TimeShifts
{
    /// <summary>The shift of a residual block, in the form that the dialect's convolution takes.</summary>
    public abstract Value Of(Module block);

    /// <summary>From here on, one row for each prompt instead of one for each sample.</summary>
    public abstract void Repeat(SampleRepetition repetition);
}
