using CxrOnnx.Trainer.Phantom;
using Xunit;

namespace CxrOnnx.Trainer.Tests.Phantom;

public sealed class PhantomGeneratorTests
{
    [Fact]
    public void Generate_SameSeedAndIndex_GivesEqualSamples()
    {
        PhantomSettings settings = PhantomSettings.HospitalA with { Width = 96, Height = 112 };
        PhantomSample first = new PhantomGenerator(settings).Generate(11);
        PhantomSample second = new PhantomGenerator(settings with { }).Generate(11);
        Assert.Equal(first.Image.Pixels, second.Image.Pixels);
        Assert.Equal(first.Report, second.Report);
    }
}
