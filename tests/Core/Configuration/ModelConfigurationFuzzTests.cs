using CxrOnnx.Core.Configuration;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Core.Tests.Configuration;

/// <summary>Changed model configurations are read or refused; nothing else comes of them.</summary>
[Trait("Category", "slow")]
public sealed class ModelConfigurationFuzzTests : IDisposable
{
    private const int Files = 800;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_ChangedBytes_GivesAConfigurationOrOneLine()
    {
        byte[] good = File.ReadAllBytes(Path.Combine(Fixtures.Repository, "models", "cxr-phantom.yaml"));
        string path = _folder.File("model.yaml");
        Random random = new(5);
        int refused = ChangedBytes.ReadAll(
            "model configuration",
            ChangedBytes.Count(Files),
            _ =>
            {
                File.WriteAllBytes(path, ChangedBytes.Of(good, random));
                try
                {
                    ModelConfigurationFile.Load(path);
                    return true;
                }
                catch (CxrOnnxException)
                {
                    return false;
                }
            }
        );

        Assert.NotEqual(0, refused);
    }
}
