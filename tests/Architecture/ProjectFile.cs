using System.Xml.Linq;
using CxrOnnx.Tests;

namespace CxrOnnx.Architecture.Tests;

/// <summary>What a project file says.</summary>
internal sealed record ProjectFile(string Path, string Assembly, string RootNamespace, bool IsExecutable, IReadOnlyList<string> References)
{
    private static readonly string[] Folders = ["runtime", "exporter", "trainer", "pipelines"];

    private static readonly Lazy<IReadOnlyList<ProjectFile>> LazyAll = new(() =>
        [
            .. Folders
                .SelectMany(folder =>
                    Directory.EnumerateFiles(System.IO.Path.Combine(Fixtures.Repository, folder), "*.csproj", SearchOption.AllDirectories)
                )
                .Order(StringComparer.Ordinal)
                .Select(Read),
        ]
    );

    /// <summary>The configuration that these tests were built in.</summary>
    public static string Configuration { get; } =
        System.IO.Path.GetFileName(
            System.IO.Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd(System.IO.Path.DirectorySeparatorChar))
        )!;

    /// <summary>Every project but the tests.</summary>
    public static IReadOnlyList<ProjectFile> All => LazyAll.Value;

    public string Folder => System.IO.Path.GetDirectoryName(Path)!;

    /// <summary>The built assembly.</summary>
    public string Output => System.IO.Path.Combine(Folder, "bin", Configuration, "net10.0", Assembly + ".dll");

    /// <summary>Names of the packages referred to directly.</summary>
    public IReadOnlyList<string> Packages => Includes("PackageReference");

    /// <summary>Files of this project and of no project inside its folder.</summary>
    public IEnumerable<string> Sources =>
        Directory
            .EnumerateFiles(Folder, "*.cs", SearchOption.AllDirectories)
            .Where(file =>
            {
                string[] parts = System.IO.Path.GetRelativePath(Folder, file).Split(System.IO.Path.DirectorySeparatorChar);
                return parts[0] is not ("bin" or "obj")
                    && !All.Any(other =>
                        other.Folder.Length > Folder.Length
                        && file.StartsWith(other.Folder + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal)
                    );
            });

    public IReadOnlyList<string> Includes(string element) =>
        [
            .. XDocument
                .Load(Path)
                .Descendants(element)
                .Select(reference => reference.Attribute("Include")!.Value)
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>This project and all that it references, directly or not.</summary>
    public IReadOnlyList<ProjectFile> Closure()
    {
        List<ProjectFile> closure = [this];
        for (int i = 0; i < closure.Count; i++)
        {
            closure.AddRange(All.Where(project => closure[i].References.Contains(project.Path) && !closure.Contains(project)).ToArray());
        }

        return closure;
    }

    private static ProjectFile Read(string path)
    {
        XDocument document = XDocument.Load(path);
        string Property(string name) => document.Descendants(name).FirstOrDefault()?.Value ?? "";
        return new(
            path,
            Property("AssemblyName"),
            Property("RootNamespace"),
            Property("OutputType") == "Exe",
            [
                .. document
                    .Descendants("ProjectReference")
                    .Select(reference =>
                        System.IO.Path.GetFullPath(
                            System.IO.Path.Combine(
                                System.IO.Path.GetDirectoryName(path)!,
                                reference.Attribute("Include")!.Value.Replace('\\', '/')
                            )
                        )
                    ),
            ]
        );
    }
}
