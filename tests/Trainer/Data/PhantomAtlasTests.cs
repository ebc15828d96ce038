using CxrOnnx.Core.Atlas;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Phantom;
using CxrOnnx.Tests;
using CxrOnnx.Trainer.Data;
using Xunit;

namespace CxrOnnx.Trainer.Tests.Data;

[Trait("Category", "quick")]
public sealed class PhantomAtlasTests
{
    [Fact]
    public void Build_EqualsTheAtlasOfTheDataSetsGoldBoxes()
    {
        PhantomSettings settings = PhantomSettings.HospitalA with { Width = 80, Height = 96, Seed = 4 };
        using TemporaryFolder folder = ToyModel.Folder();
        PhantomDataSet.Write(
            new PhantomGenerator(settings),
            folder.Path,
            first: 30,
            count: 12,
            _ => [],
            threads: 2,
            cancellation: TestContext.Current.CancellationToken
        );
        LocationAtlas direct = PhantomAtlas.Build(settings, first: 30, count: 12);
        LocationAtlas fromFile = LocationAtlas.OfBoxes(
            "gold boxes",
            ChestImaGenomeBoxes.Load(folder.File("chest-imagenome.csv"), _ => null)
        );

        // The file has two decimals at 80 pixels, which the 512 grid enlarges 6.4 times.
        Assert.All(
            AnatomicalRegionNames.All,
            region =>
            {
                Assert.Equal(direct[region].MuX, fromFile[region].MuX, 0.05);
                Assert.Equal(direct[region].MuY, fromFile[region].MuY, 0.05);
                Assert.Equal(direct[region].SigmaX, fromFile[region].SigmaX, 0.02);
                Assert.Equal(direct[region].SigmaY, fromFile[region].SigmaY, 0.02);
            }
        );
    }
}
