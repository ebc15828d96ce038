using CxrOnnx.Tests;
using CxrOnnx.Workflows.Results;

namespace CxrOnnx.Runtime.Tests.Commands;

/// <summary>A folder of its own and <c>cxr ground</c> with the tiny bundle, whose results lie below it.</summary>
public abstract class GroundTest : IDisposable
{
    internal TemporaryFolder Folder { get; } = new();

    protected string Out => Folder.File("out");

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    internal Task<CliRun> Ground(params string[] arguments) =>
        CliTest.Run(["ground", .. arguments, "--bundle", TinyBundle.Folder, "--out", Out]);

    protected GroundResult Result() => GroundResultFile.Read(Path.Combine(Out, "result.json"));
}
